import * as z from "zod";
import type { Weight } from "../../shared/package/weight.ts";
import { type KerasLayer, lastOf, readShape, valuesOf } from "./kerasLayer.ts";

/** y = x * scale + shift, by channel. */
export interface Affine {
  scale: Float32Array;
  shift: Float32Array;
}

const normSchema = z.object({ epsilon: z.number(), scale: z.boolean(), center: z.boolean() });
const rescalingSchema = z.object({ scale: z.number(), offset: z.number() });

/** A batch norm at inference. */
function normOf(norm: KerasLayer): Affine {
  const { epsilon, ...has } = normSchema.parse(norm.getConfig());
  const weights = valuesOf(norm).map((weight) => weight.values);
  const gamma = has.scale ? weights.shift() : undefined;
  const beta = has.center ? weights.shift() : undefined;
  const [mean, variance] = weights;
  if (!mean || !variance) throw new Error(`"${norm.name}" has no moving mean and variance`);
  const scale = variance.map((v, c) => (gamma ? gamma[c]! : 1) / Math.sqrt(v + epsilon));
  return { scale, shift: mean.map((m, c) => (beta ? beta[c]! : 0) - m * scale[c]!) };
}

/** What a layer does to each channel, if that is all it does. */
export function affineOf(layer: KerasLayer): Affine | undefined {
  const type = layer.getClassName();
  if (type === "BatchNormalization") return normOf(layer);
  if (type !== "Rescaling") return undefined;
  const { scale, offset } = rescalingSchema.parse(layer.getConfig());
  return stretch(lastOf(readShape(layer)), scale, offset);
}

/** The same for every channel. */
export const stretch = (channels: number, scale: number, shift = 0): Affine => ({
  scale: new Float32Array(channels).fill(scale),
  shift: new Float32Array(channels).fill(shift),
});

/** Folds y = x * scale + shift into the weights of the layer that computes x. */
export function fold(kernel: Weight, bias: Weight, { scale, shift }: Affine): [Weight, Weight] {
  return [
    { ...kernel, values: kernel.values.map((weight, i) => weight * scale[i % scale.length]!) },
    { ...bias, values: bias.values.map((value, c) => value * scale[c]! + shift[c]!) },
  ];
}
