/** The backend that runs everywhere: WebAssembly SIMD on one thread, with the gradients it lacks. */
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerKernels } from "./kernels/register.ts";

export async function openWasm(): Promise<void> {
  await tf.setBackend("wasm");
  await tf.ready();
  registerKernels();
}
