import { INPUT, type Layer, type Network } from "../network/schema.ts";
import type { Shape } from "../network/shapes.ts";
import type { Manifest } from "../package/manifest.ts";

/** What activations of 7 bits, q in 0..127, stand for: x = scale (q - zero), per channel. */
export interface Activations {
  scale: Float32Array;
  zero: Float32Array;
}

/** The largest activation. 7 bits, since relaxed SIMD multiplies only those alike everywhere. */
export const LARGEST = 127;

/** Those of the image: RGB bytes, halved and rounded (shared/model.ts normalises likewise). */
export function inputActivations({ mean, std }: Manifest["input"]): Activations {
  return {
    scale: Float32Array.from(std, (value) => 2 / (255 * value)),
    zero: Float32Array.from(mean, (value) => (255 * value) / 2),
  };
}

const isImage = (shape: Shape | undefined) => shape?.length === 3;

/** Such layers give what they read: what it stands for stays, or is joined. */
const passesOn = ({ op }: Layer) =>
  op === "max_pool2d" || op === "average_pool2d" || op === "concat";

/**
 * The layers whose activations a package must state: they give an image, and make it anew.
 *
 * @param outputs shapes by layer
 */
export function statedLayers(
  network: Network,
  outputs: ReadonlyMap<string, Shape>,
): { name: string; channels: number }[] {
  return network.flatMap((layer) => {
    const shape = outputs.get(layer.name);
    if (!shape || !isImage(shape) || passesOn(layer)) return [];
    return [{ name: layer.name, channels: shape[2]! }];
  });
}

const join = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/**
 * The activations of every layer that gives an image, and of the image itself.
 *
 * @param stated those of `statedLayers`
 */
export function resolveActivations(
  network: Network,
  outputs: ReadonlyMap<string, Shape>,
  input: Manifest["input"],
  stated: ReadonlyMap<string, Activations>,
): Map<string, Activations> {
  const resolved = new Map([[INPUT, inputActivations(input)]]);
  for (const layer of network) {
    if (!isImage(outputs.get(layer.name))) continue;
    const read = layer.inputs.flatMap((name) => resolved.get(name) ?? []);
    const own = passesOn(layer)
      ? {
          scale: join(read.map(({ scale }) => scale)),
          zero: join(read.map(({ zero }) => zero)),
        }
      : stated.get(layer.name);
    if (own) resolved.set(layer.name, own);
  }
  return resolved;
}

/** Whether activations can say nothing that the layer which makes them cuts off, as int8 arithmetic relies on. */
export function fits(layer: Layer, { scale, zero }: Activations): boolean {
  const activation = "activation" in layer ? layer.activation : "linear";
  if (activation === "linear") return true;
  const below = zero.some((value) => value !== 0);
  // Scales are float32, and 6 / 127 is not.
  const above = activation === "relu6" && scale.some((value) => value * LARGEST > 6.0001);
  return !below && !above;
}

/**
 * Why a network cannot be run in int8 arithmetic, if so. (The engine has kernels for what convolutional
 * networks are made of, and no others.)
 */
export function int8Obstacle(
  network: Network,
  outputs: ReadonlyMap<string, Shape>,
): string | undefined {
  for (const layer of network) {
    const [read] = layer.inputs;
    const problem = obstacleOf(layer, read === INPUT || isImage(outputs.get(read)));
    if (problem) return `layer "${layer.name}": ${problem}`;
  }
  return undefined;
}

function obstacleOf(layer: Layer, readsImage: boolean): string | undefined {
  if (layer.op === "depthwise_conv2d") {
    const { kernelSize, depthMultiplier } = layer;
    if (kernelSize.join() !== "3,3" || depthMultiplier !== 1) {
      return "only depthwise convolutions of 3 x 3 with a multiplier of 1";
    }
  }
  if (layer.op === "add" && layer.inputs.length !== 2) return "only sums of two";
  const onVectors = layer.op === "dense" || (layer.op === "add" && !readsImage);
  if (readsImage === onVectors) return `no ${layer.op} of ${readsImage ? "images" : "vectors"}`;
  return undefined;
}
