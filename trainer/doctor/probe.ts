import { totalmem } from "node:os";
import { getThreadsCount, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "../backends/error.ts";
import type { BackendName } from "../backends/names.ts";
import { openBackend } from "../backends/open.ts";
import { describeTensorFlow } from "../backends/tensorflow/native.ts";
import { openWebGpu } from "../backends/webgpu.ts";
import type { Found } from "./found.ts";

type Description = Omit<Extract<Found, { runs: true }>, "runs" | "gflops">;

/** The limit of 32-bit addresses, in bytes. */
const WASM_MEMORY = 4 * 2 ** 30;

/** Describes an open backend. */
const DESCRIBE: Record<BackendName, () => Promise<Description>> = {
  wasm: async () => {
    const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
    const threads = getThreadsCount();
    const device = `CPU, ${simd ? "SIMD" : "no SIMD"}, ${threads} thread${threads > 1 ? "s" : ""}`;
    return { version: `tfjs ${version_wasm}`, device, memory: WASM_MEMORY, tensorLimit: null };
  },
  cuda: () => {
    const { version, gpu } = describeTensorFlow();
    const device = gpu ? "GPU" : "CPU, because it finds no GPU";
    return Promise.resolve({
      version: `TensorFlow ${version}`,
      device,
      memory: gpu ? null : totalmem(),
      tensorLimit: null,
    });
  },
  webgpu: async () => {
    const { name, software, tensorLimit } = await openWebGpu();
    return {
      version: `tfjs ${tf.version_core}`,
      device: software ? `software on the CPU: ${name}` : name,
      memory: software ? totalmem() : null,
      tensorLimit,
    };
  },
};

const SIZE = 1024;
const RUNS = 5;

/** GFLOP/s of the active backend: the median of a few products of float32 matrices. */
function gflops(): number {
  const draw = (seed: number) => tf.randomNormal([SIZE, SIZE], 0, 1, "float32", seed);
  const [a, b] = [draw(1), draw(2)];
  const seconds = () => {
    const start = performance.now();
    const product = tf.matMul(a, b);
    // Reads one value, because a GPU computes on after the call has returned.
    tf.tidy(() => tf.slice(product, [0, 0], [1, 1]).dataSync());
    product.dispose();
    return (performance.now() - start) / 1000;
  };
  seconds();
  const sorted = Array.from({ length: RUNS }, seconds).sort((x, y) => x - y);
  tf.dispose([a, b]);
  return (2 * SIZE ** 3) / sorted[(RUNS - 1) / 2]! / 1e9;
}

/** Opens a backend, describes it and measures its speed. */
export async function probe(backend: BackendName): Promise<Found> {
  try {
    await openBackend(backend, () => undefined);
  } catch (error) {
    if (error instanceof BackendError) return { runs: false, reason: error.message };
    throw error;
  }
  return { runs: true, ...(await DESCRIBE[backend]()), gflops: gflops() };
}
