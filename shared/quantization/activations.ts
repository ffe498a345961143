import { INPUT, type Layer, type Network } from "../network/schema.ts";
import type { Shape } from "../network/shapes.ts";
import type { Manifest } from "../package/manifest.ts";

/** The values of 7-bit activations, q in 0..127: x = scale (q - zero), per channel. */
export interface Activations {
  scale: Float32Array;
  zero: Float32Array;
}

/** The largest activation. Relaxed SIMD gives the same products on every processor for 7 bits only. */
export const LARGEST = 127;

/** The activations of the image: RGB bytes, halved and rounded, then normalised as in normalize.ts. */
export function inputActivations({ mean, std }: Manifest["input"]): Activations {
  return {
    scale: Float32Array.from(std, (value) => 2 / (255 * value)),
    zero: Float32Array.from(mean, (value) => (255 * value) / 2),
  };
}

const isImage = (shape: Shape | undefined) => shape?.length === 3;

/** Layers whose outputs are values of their inputs, so that they keep or join the activations of these. */
const passesOn = ({ op }: Layer) =>
  op === "max_pool2d" || op === "average_pool2d" || op === "zero_padding2d" || op === "concat";

/**
 * The layers whose activations a package must state: they compute new values, and these form an image.
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
 * Finds the activations of every layer whose output is an image, and of the image itself.
 *
 * @param stated activations of the layers of `statedLayers`
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

/**
 * Whether activations only cover values that the layer's activation function can give. Int8 arithmetic
 * relies on it for functions that clamp; it computes all others.
 */
export function fits(layer: Layer, { scale, zero }: Activations): boolean {
  const activation = "activation" in layer ? layer.activation : "linear";
  if (activation !== "relu" && activation !== "relu6") return true;
  const below = zero.some((value) => value !== 0);
  // Scales are float32, in which 6 / 127 is not exact.
  const above = activation === "relu6" && scale.some((value) => value * LARGEST > 6.0001);
  return !below && !above;
}

/**
 * Says why a network cannot run in int8 arithmetic. The engine only has kernels for the layers that are
 * common in convolutional networks.
 *
 * @returns undefined if it can run
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

/** Layers that the engine runs on images and on vectors. All others run on images, dense on vectors. */
const BOTH = new Set(["activation", "scale_shift", "add", "multiply"]);

function obstacleOf(layer: Layer, readsImage: boolean): string | undefined {
  if (layer.op === "depthwise_conv2d" && layer.depthMultiplier !== 1) {
    return "only depthwise convolutions with a multiplier of 1";
  }
  if (!BOTH.has(layer.op) && readsImage === (layer.op === "dense"))
    return `no ${layer.op} of ${readsImage ? "images" : "vectors"}`;
  return undefined;
}
