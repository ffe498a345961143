import * as tf from "@tensorflow/tfjs-core";
import type { Pictures } from "./pixels.ts";
import { type NodeBackend, nodeBackend } from "./tensorflow/backend.ts";

/** The bytes go to TensorFlow's device as they are, a quarter of the floats', and are cast there. */
function castOnDevice(backend: NodeBackend, pixels: Uint8Array, shape: number[]): tf.Tensor4D {
  const { binding } = backend;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_UINT8, TF_FLOAT } = binding;
  const bytes = binding.createTensor(shape, TF_UINT8, pixels);
  const attributes = [
    { name: "SrcT", type: TF_ATTR_TYPE, value: TF_UINT8 },
    { name: "DstT", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "Truncate", type: TF_ATTR_BOOL, value: false },
  ];
  const [floats] = binding.executeOp("Cast", attributes, [bytes], 1);
  binding.deleteTensor(bytes);
  return backend.createOutputTensor(floats) as tf.Tensor4D;
}

/**
 * RGB bytes of images as floats, 0 to 255. tfjs has no tensor of bytes; TensorFlow does.
 *
 * @returns [n, height, width, 3]
 */
export function toImages(pixels: Uint8Array, { width, height }: Pictures): tf.Tensor4D {
  const n = pixels.length / (width * height * 3);
  const shape: [number, number, number, number] = [n, height, width, 3];
  const backend = nodeBackend();
  if (backend) return castOnDevice(backend, pixels, shape);
  return tf.tensor4d(new Float32Array(pixels), shape);
}
