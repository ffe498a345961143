/** The weights that a package must hold according to its manifest, and their names in the file. */
import type { Layer, Network } from "../network/schema.ts";
import { inferShapes, NetworkError, type Shape, type WeightSpec } from "../network/shapes.ts";
import { pddmWeights } from "../pddm/form.ts";
import { type Activations, int8Obstacle } from "../quantization/activations.ts";
import { PackageError } from "./error.ts";
import type { Manifest } from "./manifest.ts";

/** Suffix to a kernel's name that names the tensor of its scales. */
export const SCALE = ".scale";
/** Suffix to a layer's name that names the tensor of its activations: [2, channels], scale and zero. */
export const ACTIVATIONS = ".activations";

type Described = Pick<Manifest, "network" | "input" | "embedding" | "pddm" | "quantization">;

/** Every weight that a manifest requires, and the shapes of the network's layers. */
export function expectedContents(manifest: Described): {
  weights: WeightSpec[];
  outputs: Map<string, Shape>;
} {
  const { network, input, embedding, pddm, quantization } = manifest;
  try {
    const { weights, dimensions, outputs } = inferShapes(network, input);
    if (dimensions !== embedding.dimensions) {
      throw new PackageError(
        "network_invalid",
        `the network gives ${dimensions} features, the manifest says ${embedding.dimensions}`,
      );
    }
    const obstacle = quantization.scheme === "int8" && int8Obstacle(network, outputs);
    if (obstacle) throw new PackageError("network_invalid", `int8 arithmetic: ${obstacle}`);
    return { weights: [...weights, ...pddmWeights(pddm, dimensions)], outputs };
  } catch (error) {
    if (error instanceof NetworkError) throw new PackageError("network_invalid", error.message);
    throw error;
  }
}

export const isKernel = (name: string) => name.endsWith("/kernel");

export function depthwiseKernels(network: Network): Set<string> {
  const depthwise = (layer: Layer) => layer.op === "depthwise_conv2d";
  return new Set(network.filter(depthwise).map(({ name }) => `${name}/kernel`));
}

/** The scales of the inputs of each convolution, by the name of its kernel. */
export function inputScales(network: Network, activations?: ReadonlyMap<string, Activations>) {
  return new Map(
    network.flatMap(({ op, name, inputs: [input] }): [string, Float32Array][] => {
      const read = op === "conv2d" ? activations?.get(input) : undefined;
      return read ? [[`${name}/kernel`, read.scale]] : [];
    }),
  );
}

/** @throws PackageError */
export function checkShape(name: string, actual: number[] | undefined, expected: number[]): void {
  if (!actual) throw new PackageError("tensor_missing", `tensor "${name}" is missing`);
  if (actual.join() !== expected.join()) {
    throw new PackageError(
      "tensor_shape",
      `tensor "${name}" has shape [${actual.join()}], the network needs [${expected.join()}]`,
    );
  }
}
