/**
 * Symmetric int8 with one scale per output channel: w = scale[channel] * q, q in -127..127.
 * The output channel is the last axis of a kernel; of a depthwise kernel [h, w, in, multiplier]
 * the last two together.
 */
export interface QuantizedKernel {
  values: Int8Array;
  scales: Float32Array;
}

/** How many output channels, and so scales, a kernel of this shape has. */
export function outputChannels(shape: number[], depthwise: boolean): number {
  const last = shape[shape.length - 1];
  return depthwise ? shape[shape.length - 2] * last : last;
}

/** @param channels output channels; the values of one stand `channels` apart */
export function quantize(weights: Float32Array, channels: number): QuantizedKernel {
  const scales = new Float32Array(channels);
  weights.forEach((weight, i) => {
    scales[i % channels] = Math.max(scales[i % channels], Math.abs(weight) / 127);
  });
  const values = Int8Array.from(weights, (weight, i) => {
    const scale = scales[i % channels];
    return scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(weight / scale)));
  });
  return { values, scales };
}

export function dequantize({ values, scales }: QuantizedKernel): Float32Array {
  // Not Float32Array.from, which takes twenty times as long: an isolate's first request waits here.
  const weights = new Float32Array(values);
  for (let i = 0; i < weights.length; i++) weights[i] *= scales[i % scales.length];
  return weights;
}
