/**
 * The backend for any current GPU, by Vulkan, Metal or Direct3D 12. It runs the WebGPU kernels of tfjs on Dawn,
 * Chromium's implementation of WebGPU, without a browser.
 */
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "./error.ts";
import { firstLine, importOptional } from "./optional.ts";
import { type Adapter, DRIVER, findAdapter, INSTALL } from "./webgpu/adapter.ts";
import { BACKEND } from "./webgpu/program.ts";
import { replaceReads, type WebGpuBackend } from "./webgpu/read.ts";
import { registerKernels } from "./webgpu/register.ts";

const TFJS = "@tensorflow/tfjs-backend-webgpu";

/** The open adapter. The native part of the package cannot be closed. */
let opened: Adapter | undefined;

/**
 * Makes WebGPU the active backend, on a GPU or in software.
 *
 * @throws BackendError with the remedy if it cannot run here
 */
export async function openWebGpu(): Promise<Adapter> {
  opened ??= await start();
  await tf.setBackend(BACKEND);
  return opened;
}

async function start(): Promise<Adapter> {
  const { adapter, gpu, globals } = await findAdapter();
  Object.assign(globalThis, globals);
  // Node 20 has no navigator.
  const navigator =
    "navigator" in globalThis ? (Reflect.get(globalThis, "navigator") as object) : {};
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  await importOptional(TFJS, "WebGPU", INSTALL);
  try {
    await startBackend();
  } catch (error) {
    const fault = `${adapter.name} was found but does not compute: ${firstLine(error)}`;
    throw new BackendError(`WebGPU: ${fault}. ${DRIVER}`, { cause: error });
  }
  return adapter;
}

/** Starts and tests the device. @throws Error if it does not start or does not multiply correctly */
async function startBackend(): Promise<void> {
  // Started here and not by tfjs, which would print an error and go on.
  const backend = await tf.findBackendFactory(BACKEND)();
  // Awaits Dawn's last check of the device, which would interfere with read.ts.
  await setImmediate();
  replaceReads(backend as WebGpuBackend);
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, () => backend);
  await tf.setBackend(BACKEND);
  registerKernels();
  // Otherwise tfjs would compute small tensors on the CPU, and `npm run gradcheck` would check those kernels.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  const product = tf.tidy(() => tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync());
  if (product.some((value) => value !== 8)) throw new Error("it computes 1 x 1 x 8 wrongly");
}
