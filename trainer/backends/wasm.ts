/** The backend that runs everywhere: WebAssembly SIMD on one thread, with added gradient kernels. */
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { allocate } from "./kernels/heap.ts";
import { registerKernels } from "./kernels/register.ts";

const RESERVE_BYTES = 64 * 2 ** 20;

export async function openWasm(): Promise<void> {
  await tf.setBackend("wasm");
  await tf.ready();
  // Leaves one large free block in the heap. The allocator of tfjs 4.22 loops if it has no room for an aligned
  // allocation of an odd size: it takes all of 4 GiB, after which every product is garbage
  // (emscripten-core/emscripten#20704 and #20759, fixed in later versions of Emscripten).
  allocate([RESERVE_BYTES / Float32Array.BYTES_PER_ELEMENT]).dispose();
  registerKernels();
}
