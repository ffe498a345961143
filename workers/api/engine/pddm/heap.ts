import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm";
import * as tf from "@tensorflow/tfjs-core";

/** Tensors as places in the heap of tfjs. A heap that grows leaves them where they are. */

function backend(): BackendWasm {
  const current = tf.backend();
  if (current instanceof BackendWasm) return current;
  throw new Error(`the tfjs backend is "${tf.getBackend()}", not the engine's`);
}

export const heapMemory = (): WebAssembly.Memory => backend().wasm.asm.memory;

/** Where a tensor's values begin, in bytes. */
export const addressOf = (tensor: tf.Tensor): number => backend().getMemoryOffset(tensor.dataId);

/** A new float32 tensor; its memory holds whatever was there before. */
export function allocate<T extends tf.Tensor>(shape: T["shape"]): T {
  return tf.engine().makeTensorFromTensorInfo(backend().makeOutput(shape, "float32")) as T;
}
