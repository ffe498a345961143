import type { Layer, Network } from "../network/schema.ts";
import { inferShapes, NetworkError, type Shape, type WeightSpec } from "../network/shapes.ts";
import { pddmWeights } from "../pddm/form.ts";
import {
  type Activations,
  fits,
  int8Obstacle,
  LARGEST,
  resolveActivations,
  statedLayers,
} from "../quantization/activations.ts";
import { sha256 } from "./digest.ts";
import { PackageError } from "./error.ts";
import { contentVersion, parseManifest, type Manifest } from "./manifest.ts";
import { dequantize, outputChannels, quantize, type QuantizedKernel } from "./quantize.ts";
import { decodeSafetensors, encodeSafetensors, type RawTensor } from "./safetensors.ts";

/** A weight: its float32 values, and how it is stored where that is int8. */
export interface Weight {
  shape: number[];
  values: Float32Array;
  quantized?: QuantizedKernel;
}

/** A package: the manifest and every weight, by name. */
export interface Package {
  manifest: Manifest;
  tensors: Map<string, Weight>;
  /** What activations stand for in int8 arithmetic, by layer, the input's too; where it is stated. */
  activations?: Map<string, Activations>;
}

/** An int8 weight, whose float32 values are made when they are asked for: not everyone needs them. */
class Int8Weight implements Weight {
  constructor(
    readonly shape: number[],
    readonly quantized: QuantizedKernel,
  ) {}

  get values(): Float32Array {
    return dequantize(this.quantized);
  }
}

/** A weight that does not keep the bytes of a whole package in memory. */
export function copyWeight(weight: Weight): Weight {
  const { shape, quantized } = weight;
  if (!quantized) return { shape, values: weight.values.slice() };
  return new Int8Weight(shape, { ...quantized, values: quantized.values.slice() });
}

/** The two files of a package, and the third of one that is signed. */
export interface PackageFiles {
  manifest: string;
  weights: Uint8Array<ArrayBuffer>;
  /** See signature.ts. */
  signature?: string;
}

/** What the caller of `encodePackage` states; the rest follows from the weights. */
export type PackageContent = Omit<Manifest, "version" | "weights">;

/** Stands behind a kernel's name for the tensor of its scales. */
const SCALE = ".scale";
/** Stands behind a layer's name for what its activations stand for: [2, channels], scale and zero. */
const ACTIVATIONS = ".activations";

type Described = Pick<Manifest, "network" | "input" | "embedding" | "pddm" | "quantization">;

/** Every weight that a manifest asks for, and the shapes of the network's layers. */
function expect(manifest: Described): { weights: WeightSpec[]; outputs: Map<string, Shape> } {
  const { network, input, embedding, pddm, quantization } = manifest;
  try {
    const { weights, dimensions, outputs } = inferShapes(network, input);
    if (dimensions !== embedding.dimensions) {
      throw new PackageError(
        "network-invalid",
        `the network gives ${dimensions} features, the manifest says ${embedding.dimensions}`,
      );
    }
    const obstacle = quantization.scheme === "int8" && int8Obstacle(network, outputs);
    if (obstacle) throw new PackageError("network-invalid", `int8 arithmetic: ${obstacle}`);
    return { weights: [...weights, ...pddmWeights(pddm, dimensions)], outputs };
  } catch (error) {
    if (error instanceof NetworkError) throw new PackageError("network-invalid", error.message);
    throw error;
  }
}

const isKernel = (name: string) => name.endsWith("/kernel");

/**
 * Smaller kernels stay float32. Those of a network's first layers are small and matter most: of a
 * MobileNetV2 they are 2 % of the weights and made four fifths of the embeddings' error in int8.
 */
const LEAST_QUANTIZED = 4096;

function depthwiseKernels(network: Network): Set<string> {
  const depthwise = (layer: Layer) => layer.op === "depthwise_conv2d";
  return new Set(network.filter(depthwise).map(({ name }) => `${name}/kernel`));
}

/** For each convolution's kernel the scales of what it reads, by the kernel's name. */
function inputScales(network: Network, activations: Package["activations"]) {
  return new Map(
    network.flatMap(({ op, name, inputs: [input] }): [string, Float32Array][] => {
      const read = op === "conv2d" ? activations?.get(input) : undefined;
      return read ? [[`${name}/kernel`, read.scale]] : [];
    }),
  );
}

/**
 * Packs weights into the two files.
 *
 * @param stated the activations of `statedLayers`, which the scheme "int8" asks for
 * @throws PackageError when weights and network do not fit
 */
export async function encodePackage(
  content: PackageContent,
  tensors: Package["tensors"],
  stated: ReadonlyMap<string, Activations> = new Map(),
): Promise<PackageFiles> {
  const { network, input, quantization } = content;
  const depthwise = depthwiseKernels(network);
  const { weights: specs, outputs } = expect(content);
  const raw = new Map<string, RawTensor>();
  const forInt8 = quantization.scheme === "int8";
  if (forInt8) writeActivations(raw, statedLayers(network, outputs), stated);
  const scalesOf = inputScales(
    network,
    forInt8 ? resolveActivations(network, outputs, input, stated) : undefined,
  );
  for (const { name, shape } of specs) {
    const tensor = tensors.get(name);
    checkShape(name, tensor?.shape, shape);
    const values = tensor?.values ?? new Float32Array();
    const small = values.length < LEAST_QUANTIZED;
    if (quantization.scheme === "none" || !isKernel(name) || small) {
      raw.set(name, { shape, values });
      continue;
    }
    const channels = outputChannels(shape, depthwise.has(name));
    const quantized = quantize(values, channels, scalesOf.get(name));
    raw.set(name, { shape, values: quantized.values });
    raw.set(name + SCALE, { shape: [quantized.scales.length], values: quantized.scales });
  }
  const weights = encodeSafetensors(raw);
  const sealed = {
    ...content,
    weights: {
      file: "weights.safetensors" as const,
      bytes: weights.length,
      sha256: await sha256(weights),
    },
  };
  const manifest: Manifest = { ...sealed, version: await contentVersion(sealed) };
  return { manifest: JSON.stringify(manifest, null, 2) + "\n", weights };
}

function writeActivations(
  raw: Map<string, RawTensor>,
  layers: ReturnType<typeof statedLayers>,
  stated: ReadonlyMap<string, Activations>,
): void {
  for (const { name, channels } of layers) {
    const { scale = [], zero = [] } = stated.get(name) ?? {};
    checkShape(name + ACTIVATIONS, [scale.length + zero.length], [2 * channels]);
    raw.set(name + ACTIVATIONS, {
      shape: [2, channels],
      values: Float32Array.of(...scale, ...zero),
    });
  }
}

/** @throws PackageError where a scale is not positive, or zero lies outside of what 7 bits hold */
function readActivations(
  raw: Map<string, RawTensor>,
  layers: ReturnType<typeof statedLayers>,
): Map<string, Activations> {
  return new Map(
    layers.map(({ name, channels }): [string, Activations] => {
      const spec = { name: name + ACTIVATIONS, shape: [2, channels] };
      const values = take(raw, spec, Float32Array);
      const [scale, zero] = [values.slice(0, channels), values.slice(channels)];
      const isScale = (value: number) => value > 0 && Number.isFinite(value);
      const isZero = (value: number) => value >= 0 && value <= LARGEST;
      if (scale.every(isScale) && zero.every(isZero)) return [name, { scale, zero }];
      throw new PackageError(
        "tensor-value",
        `tensor "${spec.name}" needs positive scales, and zeros from 0 to ${LARGEST}`,
      );
    }),
  );
}

function checkShape(name: string, actual: number[] | undefined, expected: number[]): void {
  if (!actual) throw new PackageError("tensor-missing", `tensor "${name}" is missing`);
  if (actual.join() !== expected.join()) {
    throw new PackageError(
      "tensor-shape",
      `tensor "${name}" has shape [${actual.join()}], the network needs [${expected.join()}]`,
    );
  }
}

/** Takes a tensor of one type and shape out of the raw map. */
function take<T extends Float32Array | Int8Array>(
  raw: Map<string, RawTensor>,
  { name, shape }: WeightSpec,
  type: { new (): T; name: string },
): T {
  const tensor = raw.get(name);
  checkShape(name, tensor?.shape, shape);
  if (!(tensor?.values instanceof type)) {
    throw new PackageError("weights-malformed", `tensor "${name}" is not a ${type.name}`);
  }
  raw.delete(name);
  return tensor.values;
}

/**
 * Checks a package and takes it apart.
 *
 * @throws PackageError with the fault that was found first
 */
export async function decodePackage(files: PackageFiles): Promise<Package> {
  return decodeWeights(await parseManifest(files.manifest), files.weights);
}

/**
 * Checks the weights' bytes against the manifest, and every tensor against the network.
 *
 * @param file whose bytes the weights go on to share
 * @throws PackageError with the fault that was found first
 */
export async function decodeWeights(
  manifest: Manifest,
  file: PackageFiles["weights"],
): Promise<Package> {
  const { bytes, sha256: digest } = manifest.weights;
  if (file.length !== bytes) {
    throw new PackageError(
      "weights-truncated",
      `weights.safetensors has ${file.length} bytes, the manifest says ${bytes}`,
    );
  }
  const actual = await sha256(file);
  if (actual !== digest) {
    throw new PackageError(
      "weights-hash",
      `weights.safetensors has SHA-256 ${actual}, the manifest says ${digest}`,
    );
  }
  const { network, input, quantization } = manifest;
  const { weights: specs, outputs } = expect(manifest);
  const raw = decodeSafetensors(file);
  for (const [name, { values }] of raw) {
    if (values instanceof Float32Array && !values.every(Number.isFinite)) {
      throw new PackageError("tensor-value", `tensor "${name}" holds a number that is not finite`);
    }
  }
  const activations =
    quantization.scheme === "int8"
      ? resolveActivations(
          network,
          outputs,
          input,
          readActivations(raw, statedLayers(network, outputs)),
        )
      : undefined;
  for (const layer of network) {
    const own = activations?.get(layer.name);
    if (!own || fits(layer, own)) continue;
    throw new PackageError(
      "tensor-value",
      `tensor "${layer.name}${ACTIVATIONS}" says what the layer's activation cuts off`,
    );
  }
  const scalesOf = inputScales(network, activations);
  const depthwise = depthwiseKernels(network);
  const tensors: Package["tensors"] = new Map();
  for (const spec of specs) {
    const { name, shape } = spec;
    const quantized = isKernel(name) && raw.has(name + SCALE);
    if (quantization.scheme === "none" || !quantized) {
      tensors.set(name, { shape, values: take(raw, spec, Float32Array) });
      continue;
    }
    const values = take(raw, spec, Int8Array);
    const channels = outputChannels(shape, depthwise.has(name));
    const scales = take(raw, { name: name + SCALE, shape: [channels] }, Float32Array);
    tensors.set(name, new Int8Weight(shape, { values, scales, inputScales: scalesOf.get(name) }));
  }
  const [stranger] = raw.keys();
  if (stranger !== undefined) {
    throw new PackageError("tensor-unexpected", `tensor "${stranger}" belongs to no layer`);
  }
  return { manifest, tensors, activations };
}
