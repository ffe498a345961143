import * as tf from "@tensorflow/tfjs-core";
import { BACKEND, floatsOfBytes } from "./backends/tensorflow/native.ts";
import type { Pictures } from "./pixels.ts";

/**
 * RGB bytes of images as floats, 0 to 255.
 *
 * @returns [n, height, width, 3]
 */
export function toImages(pixels: Uint8Array, { width, height }: Pictures): tf.Tensor4D {
  const n = pixels.length / (width * height * 3);
  const shape: [number, number, number, number] = [n, height, width, 3];
  if (tf.getBackend() === BACKEND) return floatsOfBytes(pixels, shape) as tf.Tensor4D;
  return tf.tensor4d(new Float32Array(pixels), shape);
}
