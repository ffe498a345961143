/**
 * Symmetric int8 with one scale per output channel: w = scale[channel] * q, q in -127..127.
 * The output channel is the last axis of a kernel. In a depthwise kernel [h, w, in, multiplier] it is the
 * last two axes together.
 *
 * A kernel for int8 arithmetic also holds the scales of its input channels, so that the arithmetic is a
 * product of integers only: w = scale[channel] * q / inputScales[input channel].
 */
export interface QuantizedKernel {
  values: Int8Array;
  scales: Float32Array;
  inputScales?: Float32Array;
}

/** The number of output channels, and of scales, of a kernel of this shape. */
export function outputChannels(shape: number[], depthwise: boolean): number {
  const last = shape[shape.length - 1]!;
  return depthwise ? shape[shape.length - 2]! * last : last;
}

/** @param channels number of output channels; the values of one channel are `channels` apart */
export function quantize(
  weights: Float32Array,
  channels: number,
  inputScales?: Float32Array,
): QuantizedKernel {
  const scaled = inputScales ? scaleInputs(weights, channels, inputScales) : weights;
  const scales = new Float32Array(channels);
  scaled.forEach((weight, i) => {
    scales[i % channels] = Math.max(scales[i % channels]!, Math.abs(weight) / 127);
  });
  const values = Int8Array.from(scaled, (weight, i) => {
    const scale = scales[i % channels]!;
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(weight / scale)));
  });
  return { values, scales, inputScales };
}

export function dequantize({ values, scales, inputScales }: QuantizedKernel): Float32Array {
  // Float32Array.from takes twenty times as long, and the first request of an isolate waits for this.
  const weights = new Float32Array(values);
  for (let i = 0; i < weights.length; i++) weights[i]! *= scales[i % scales.length]!;
  if (!inputScales) return weights;
  return scaleInputs(
    weights,
    scales.length,
    inputScales.map((scale) => 1 / scale),
  );
}

/** Multiplies the values of each input channel by a factor. */
function scaleInputs(
  weights: Float32Array,
  channels: number,
  inputScales: Float32Array,
): Float32Array {
  const scaled = new Float32Array(weights.length);
  for (let start = 0, input = 0; start < weights.length; start += channels) {
    const scale = inputScales[input]!;
    for (let i = start; i < start + channels; i++) scaled[i] = scale * weights[i]!;
    input = (input + 1) % inputScales.length;
  }
  return scaled;
}
