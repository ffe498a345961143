/**
 * Typed arrays over tensors in the wasm heap, for kernels that are plain loops.
 *
 * Allocating may grow the heap, which detaches all existing views. Allocate all outputs before taking views.
 */
import { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** A new float32 tensor with uninitialized values. */
export function allocate(shape: number[]): tf.Tensor {
  const info = wasm().makeOutput(shape, "float32");
  return tf.engine().makeTensorFromTensorInfo(info);
}

export function float32View(tensor: tf.Tensor): Float32Array {
  const view = wasm().typedArrayFromHeap(tensor);
  if (view instanceof Float32Array) return view;
  throw new Error(`Expected a float32 tensor, got ${tensor.dtype}.`);
}

export function int32View(tensor: tf.Tensor): Int32Array {
  const view = wasm().typedArrayFromHeap(tensor);
  if (view instanceof Int32Array) return view;
  throw new Error(`Expected an int32 tensor, got ${tensor.dtype}.`);
}

/** Makes a function that copies runs of values between two float32 tensors, which is cheaper than views per run. */
export function copier(
  from: tf.Tensor,
  to: tf.Tensor,
): (source: number, target: number, length: number) => void {
  const [source, target] = [float32View(from), float32View(to)];
  const heap = new Float32Array(target.buffer);
  const sourceStart = source.byteOffset / Float32Array.BYTES_PER_ELEMENT;
  const targetStart = target.byteOffset / Float32Array.BYTES_PER_ELEMENT;
  return (at, where, length) => {
    heap.copyWithin(targetStart + where, sourceStart + at, sourceStart + at + length);
  };
}

function wasm(): BackendWasm {
  const backend = tf.backend();
  if (backend instanceof BackendWasm) return backend;
  throw new Error(`This kernel needs the wasm backend, but "${tf.getBackend()}" is active.`);
}
