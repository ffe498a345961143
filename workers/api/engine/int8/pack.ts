import { quantize } from "../../../../shared/package/quantize.ts";
import type { Weight } from "../../../../shared/package/weight.ts";
import type { Activations } from "../../../../shared/quantization/activations.ts";
import { roundUp } from "./arena.ts";

/** The kernel works on groups of this many channels or outputs. */
export const GROUP = 8;

export const padded = (channels: number): number => roundUp(channels, GROUP);

/** Bytes of a pixel. The image's 3 channels are padded to 4, all others to whole groups. */
export const strideOf = (channels: number): number => (channels === 3 ? 4 : padded(channels));

/** The activations that stand for 0, per channel: the values of padding. */
export function packZeros({ zero }: Activations): Uint8Array {
  // Copies of 16 bytes read past the end.
  const zeros = new Uint8Array(roundUp(zero.length, 16));
  zero.forEach((value, channel) => {
    zeros[channel] = Math.round(value);
  });
  return zeros;
}

/** A vector padded with zeros to whole groups. */
export function packVector(values: Iterable<number> & ArrayLike<number>): Float32Array {
  const packed = new Float32Array(padded(values.length));
  packed.set(values);
  return packed;
}

/** Integer weights w. A sum of w x stands for the value `scales[output]` times the sum. */
export interface IntegerKernel {
  values: Int8Array;
  scales: Float32Array;
}

/**
 * Makes an integer kernel whose weights include the scales of the input channels.
 *
 * @param kernel of a convolution [taps, inputs, outputs], or depthwise [taps, channels]
 * @param inputScale scale of each input channel
 */
export function integerKernel(
  kernel: Weight,
  inputScale: Float32Array,
  depthwise: boolean,
): IntegerKernel {
  const channels = depthwise ? inputScale.length : kernel.shape[kernel.shape.length - 1]!;
  if (depthwise) {
    const { values, scales } = kernel.quantized ?? quantize(kernel.values, channels);
    return { values, scales: scales.map((scale, channel) => scale * inputScale[channel]!) };
  }
  // The exporter has included the scales of the inputs, unless the kernel is small and stored as float32.
  if (kernel.quantized?.inputScales) return kernel.quantized;
  return quantize(kernel.values, channels, inputScale);
}

/** The least step of a sum, as a share of an output step, so that biases fit into 32 bits. */
const FINEST = 2 ** -20;

/** Coarsens kernels whose sums would have a step finer than `FINEST` allows. */
export function coarsen({ values, scales }: IntegerKernel, output: Activations): IntegerKernel {
  const least = output.scale.map((scale) => scale * FINEST);
  if (scales.every((scale, o) => scale >= least[o]!)) return { values, scales };
  return {
    values: values.map((value, i) => {
      const o = i % scales.length;
      return scales[o]! < least[o]! ? Math.round((value * scales[o]!) / least[o]!) : value;
    }),
    scales: scales.map((scale, o) => Math.max(scale, least[o]!)),
  };
}

/**
 * The coefficients from sums to activations, y = a (sum + b): in groups of 8 outputs, a as float32, b as int32.
 *
 * @param sumOfZeros for each output the sum of w zero over its inputs
 */
export function packAffine(
  scales: Float32Array,
  bias: Float32Array,
  sumOfZeros: Float64Array,
  output: Activations,
): Int32Array {
  const outputs = scales.length;
  const packed = new Int32Array(2 * padded(outputs));
  const floats = new Float32Array(packed.buffer);
  for (let o = 0; o < outputs; o++) {
    const at = Math.floor(o / GROUP) * 2 * GROUP + (o % GROUP);
    floats[at] = scales[o]! / output.scale[o]!;
    const shift = (bias[o]! + output.zero[o]! * output.scale[o]!) / scales[o]! - sumOfZeros[o]!;
    packed[at + GROUP] = Math.round(Math.max(-(2 ** 30), Math.min(2 ** 30, shift)));
  }
  return packed;
}

/** The coefficients y = a x + b from the activations of one layer to those of another. */
export function packRescaling(from: Activations, to: Activations) {
  const a = from.scale.map((scale, c) => scale / to.scale[c]!);
  const b = to.zero.map((zero, c) => zero - a[c]! * from.zero[c]!);
  return { a: packVector(a), b: packVector(b) };
}

/** The coefficients y = a x + b from activations to the values that they stand for. */
export function packDequantizing({ scale, zero }: Activations) {
  return { a: packVector(scale), b: packVector(scale.map((value, c) => -value * zero[c]!)) };
}
