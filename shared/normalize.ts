import * as tf from "@tensorflow/tfjs-core";
import type { Manifest } from "./package/manifest.ts";

/** How pixels become the input of a network. */
export type Normalization = Pick<Manifest["input"], "mean" | "std">;

/** Computes (x / 255 - mean) / std per channel. @param pixels [n, h, w, 3], values 0..255 */
export function normalizePixels(pixels: tf.Tensor4D, { mean, std }: Normalization): tf.Tensor4D {
  return tf.tidy(() => {
    const scale = std.map((value) => 1 / (255 * value));
    const shift = mean.map((value, channel) => -value / std[channel]!);
    return tf.add(tf.mul(pixels, scale), shift);
  });
}

/** Scales rows to length 1. @param features [n, d] */
export function l2Normalize(features: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const squared = tf.sum(tf.square(features), -1, true);
    return tf.div(features, tf.sqrt(tf.add(squared, 1e-12)));
  });
}

/** Reads the values of a tensor and disposes it. */
export function takeValues(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync<"float32">();
  tensor.dispose();
  return values;
}
