/** The backend that runs everywhere: WebAssembly SIMD on one thread, with the gradients it lacks. */
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { allocate } from "./kernels/heap.ts";
import { registerKernels } from "./kernels/register.ts";

const RESERVE_BYTES = 64 * 2 ** 20;

export async function openWasm(): Promise<void> {
  await tf.setBackend("wasm");
  await tf.ready();
  // Leaves one large free piece in the heap. The allocator that tfjs is built with loops when it has
  // no room for an aligned piece of an odd size: it takes all of 4 GiB, then every product is garbage
  // (emscripten-core/emscripten#20704 and #20759, fixed after the version that tfjs 4.22 used).
  allocate([RESERVE_BYTES / Float32Array.BYTES_PER_ELEMENT]).dispose();
  registerKernels();
}
