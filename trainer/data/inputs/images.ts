import * as tf from "@tensorflow/tfjs-core";
import * as tensorflow from "../../backends/tensorflow/native.ts";
import * as webGpu from "../../backends/webgpu/bytes.ts";
import { BACKEND as WEBGPU } from "../../backends/webgpu/program.ts";
import type { Pictures } from "./pixels.ts";

/** How a backend makes floats of bytes, for backends that take bytes directly. */
const FLOATS_OF_BYTES: Partial<Record<string, typeof webGpu.floatsOfBytes>> = {
  [tensorflow.BACKEND]: tensorflow.floatsOfBytes,
  [WEBGPU]: webGpu.floatsOfBytes,
};

/**
 * Makes a tensor of RGB bytes, with values from 0 to 255.
 *
 * @returns [n, height, width, 3]
 */
export function toImages(pixels: Uint8Array, { width, height }: Pictures): tf.Tensor4D {
  const n = pixels.length / (width * height * 3);
  const shape: [number, number, number, number] = [n, height, width, 3];
  const floatsOfBytes = FLOATS_OF_BYTES[tf.getBackend()];
  if (floatsOfBytes) return floatsOfBytes(pixels, shape) as tf.Tensor4D;
  return tf.tensor4d(new Float32Array(pixels), shape);
}
