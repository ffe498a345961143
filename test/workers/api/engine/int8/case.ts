import type { Layer, Network } from "../../../../../shared/network/schema.ts";
import { inferShapes } from "../../../../../shared/network/shapes.ts";
import {
  decodePackage,
  encodePackage,
  type Package,
  type PackageContent,
} from "../../../../../shared/package/codec.ts";
import { parseManifest } from "../../../../../shared/package/manifest.ts";
import { quantize, dequantize } from "../../../../../shared/package/quantize.ts";
import { pddmWeights } from "../../../../../shared/pddm/form.ts";
import {
  type Activations,
  inputActivations,
  statedLayers,
} from "../../../../../shared/quantization/activations.ts";
import { activationsOf, type Range } from "../../../../../shared/quantization/ranges.ts";
import { naiveNetwork } from "../../../../oracles/network.ts";
import { numbers, size } from "../../../../oracles/numbers.ts";
import { tinyPackage } from "../../../tinyPackage.ts";

/** What is halved and shifted to get 0 is a whole number of steps: padding is exact then. */
const MEAN: [number, number, number] = [64 / 127.5, 51 / 127.5, 102 / 127.5];

/** A network with random weights, packed for int8 arithmetic, and an image for it. */
export interface Int8Case {
  content: Package;
  pixels: Uint8Array;
  /** What of the last layer that gives an image one step stands for, at most. */
  step: number;
  /** The features by scalar loops over rounded activations, in double precision. */
  expected: number[];
  /** The features in float32 arithmetic. */
  exact: number[];
}

type Weights = Record<string, Float32Array>;

const clamp = (value: number, least: number, most: number) =>
  Math.min(most, Math.max(least, value));

/** Values [.., channels] as 7 bits say them. */
function round(values: number[], { scale, zero }: Activations): number[] {
  return values.map((value, i) => {
    const c = i % scale.length;
    const q = clamp(Math.round(value / scale[c] + zero[c]), 0, 127);
    return scale[c] * (q - zero[c]);
  });
}

/** Makes a case; the same for the same seed. */
export async function makeCase(
  network: Network,
  { height, width }: { height: number; width: number },
  seed: number,
): Promise<Int8Case> {
  const { manifest } = await tinyPackage({ scheme: "none" });
  const base = await parseManifest(manifest);
  const shape = [height, width, 3];
  const { outputs, weights: specs, dimensions } = inferShapes(network, { width, height });
  const input = { ...base.input, width, height, mean: MEAN };
  const content: PackageContent = {
    ...base,
    input,
    network,
    embedding: { dimensions },
    quantization: { scheme: "int8" },
  };
  const tensors: Package["tensors"] = new Map();
  const all = [...specs, ...pddmWeights(base.pddm, dimensions)];
  for (const [i, spec] of all.entries()) {
    tensors.set(spec.name, { ...spec, values: numbers(size(spec.shape), seed + i) });
  }
  const floats: Weights = Object.fromEntries(
    Array.from(tensors, ([name, { values }]) => [name, values]),
  );
  const pixels = Uint8Array.from(numbers(size(shape), seed + 99), (x) => 127.5 * (x + 1));
  const read = inputActivations(input);
  const image = Array.from(pixels, (byte, i) => {
    return read.scale[i % 3] * (Math.min(127, (byte + 1) >> 1) - read.zero[i % 3]);
  });

  const ranges = new Map<string, Range>();
  const exact = naiveNetwork(network, floats, image, shape, (name, values, own) => {
    const channels = own[own.length - 1];
    const of = (c: number) => values.filter((_, i) => i % channels === c);
    ranges.set(name, {
      least: Float32Array.from({ length: channels }, (_, c) => Math.min(...of(c))),
      largest: Float32Array.from({ length: channels }, (_, c) => Math.max(...of(c))),
    });
    return values;
  });
  const stated = new Map<string, Activations>();
  for (const { name } of statedLayers(network, outputs)) {
    const range = ranges.get(name);
    if (range) stated.set(name, activationsOf(range));
  }
  const decoded = await decodePackage(await encodePackage({ ...content }, tensors, stated));
  const { activations = new Map<string, Activations>() } = decoded;
  const rounded: Weights = Object.fromEntries(
    Array.from(decoded.tensors, ([name, weight]) => {
      const layer = network.find((one) => `${one.name}/kernel` === name);
      const scale = layer && activations.get(layer.inputs[0])?.scale;
      const convolves = layer?.op === "conv2d" || layer?.op === "depthwise_conv2d";
      if (!convolves || weight.quantized) return [name, weight.values];
      return [name, roundKernel(layer, weight, layer.op === "conv2d" ? scale : undefined)];
    }),
  );
  const expected = naiveNetwork(network, rounded, image, shape, (name, values) => {
    const own = activations.get(name);
    return own ? round(values, own) : values;
  });
  const images = network.filter(({ name }) => activations.has(name));
  const last = activations.get(images[images.length - 1].name);
  return { content: decoded, pixels, step: Math.max(...(last?.scale ?? [])), expected, exact };
}

/** What the engine makes of a small kernel that is stored in float32. */
function roundKernel(
  layer: Layer,
  { shape, values }: { shape: number[]; values: Float32Array },
  scale?: Float32Array,
) {
  const channels = layer.op === "depthwise_conv2d" ? shape[2] : shape[3];
  return dequantize(quantize(values, channels, scale));
}
