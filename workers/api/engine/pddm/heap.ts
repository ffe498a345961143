import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm";
import * as tf from "@tensorflow/tfjs-core";

/** Addresses of tensors in the heap of tfjs. They stay the same when the heap grows. */

function backend(): BackendWasm {
  const current = tf.backend();
  if (current instanceof BackendWasm) return current;
  throw new Error(`the tfjs backend is "${tf.getBackend()}", not that of the engine`);
}

export const heapMemory = (): WebAssembly.Memory => backend().wasm.asm.memory;

/** Address of a tensor's values, in bytes. */
export const addressOf = (tensor: tf.Tensor): number => backend().getMemoryOffset(tensor.dataId);

/** A new float32 tensor with uninitialized values. */
export function allocate<T extends tf.Tensor>(shape: T["shape"]): T {
  return tf.engine().makeTensorFromTensorInfo(backend().makeOutput(shape, "float32")) as T;
}
