/**
 * The backend for any current GPU, by Vulkan, Metal or Direct3D 12: tfjs's WebGPU kernels on Dawn,
 * the WebGPU of Chromium, which needs no browser.
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

/** What is open: once opened, the package's native part stays. */
let opened: Adapter | undefined;

/**
 * Makes WebGPU the active backend, be its adapter a GPU or software.
 *
 * @throws BackendError where it cannot run here, with the remedy
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
    const fault = `${adapter.name} is found but does not compute: ${firstLine(error)}`;
    throw new BackendError(`WebGPU: ${fault}. ${DRIVER}`, { cause: error });
  }
  return adapter;
}

/** @throws Error where the device does not start, or does not multiply */
async function startBackend(): Promise<void> {
  // Started here, not by tfjs, which would print why it cannot, and go on.
  const backend = await tf.findBackendFactory(BACKEND)();
  // Dawn's last look at whether the device is there, which is in the way of read.ts's.
  await setImmediate();
  replaceReads(backend as WebGpuBackend);
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, () => backend);
  await tf.setBackend(BACKEND);
  registerKernels();
  // Else small tensors would be computed on the CPU, and `npm run gradcheck` would check these kernels.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  const product = tf.tidy(() => tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync());
  if (product.some((value) => value !== 8)) throw new Error("1 x 1 x 8 is not 8");
}
