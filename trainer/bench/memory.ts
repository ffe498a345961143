import * as tf from "@tensorflow/tfjs-core";
import { float32View } from "../backends/kernels/heap.ts";
import type { BackendName } from "../backends/names.ts";
import { describeTensorFlow } from "../backends/tensorflow/native.ts";

/** A backend that has run out of memory. */
export class OutOfMemory extends Error {
  override name = "OutOfMemory";
}

const GIB = 2 ** 30;
/** All that 32 bits can address. */
const WASM_LIMIT = 4 * GIB;

/** The heap, which never shrinks. @throws OutOfMemory where it is full */
function wasmBytes(): number {
  const bytes = tf.tidy(() => float32View(tf.scalar(0)).buffer.byteLength);
  // Its allocator does not say it: beyond its memory it writes anywhere.
  if (bytes > WASM_LIMIT - 2 ** 20) throw new OutOfMemory("the 4 GiB of WebAssembly are full");
  return bytes;
}

/** Of all buffers: those that tensors leave are kept for the next ones. */
function webGpuBytes(): number | null {
  const memory = tf.memory();
  return "numBytesAllocatedInGPU" in memory ? Number(memory.numBytesAllocatedInGPU) : null;
}

/** Of the backends that tell, or whose tensors live in the process's memory. */
const BYTES: Partial<Record<BackendName, () => number | null>> = {
  wasm: wasmBytes,
  cuda: () => (describeTensorFlow().gpu ? null : process.resourceUsage().maxRSS * 1024),
  webgpu: webGpuBytes,
};

/**
 * The most that the active backend's tensors have taken, in bytes; null where nothing tells.
 *
 * @throws OutOfMemory where they have taken all there is
 */
export function deviceBytes(backend: BackendName): number | null {
  return BYTES[backend]?.() ?? null;
}

/** What the other backends and Node say. */
const SIGNS = /out of memory|\boom\b|resource exhausted|cannot allocate|allocation/i;

/** What a person is told of a step that failed. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.message.split("\n", 1)[0]!.replace(/\.+$/, "");
  // WebAssembly's own class of errors, which seldom say what was wanting.
  const memory = error.name === "RuntimeError" || error instanceof OutOfMemory || SIGNS.test(line);
  return memory ? `out of memory: ${line}` : line;
}
