import * as tf from "@tensorflow/tfjs-core";
import { float32View } from "../backends/kernels/heap.ts";
import type { BackendName } from "../backends/names.ts";
import { describeTensorFlow } from "../backends/tensorflow/native.ts";

/** A backend that has run out of memory. */
export class OutOfMemory extends Error {
  override name = "OutOfMemory";
}

const GIB = 2 ** 30;
/** The limit of 32-bit addresses, in bytes. */
const WASM_LIMIT = 4 * GIB;

/** Bytes of the heap, which never shrinks. @throws OutOfMemory if it is full */
function wasmBytes(): number {
  const bytes = tf.tidy(() => float32View(tf.scalar(0)).buffer.byteLength);
  // When the memory is full, the allocator reports no error and writes anywhere.
  if (bytes > WASM_LIMIT - 2 ** 20) throw new OutOfMemory("the 4 GiB of WebAssembly are full");
  return bytes;
}

/** Bytes of all buffers, including buffers of disposed tensors, which are reused. */
function webGpuBytes(): number | null {
  const memory = tf.memory();
  return "numBytesAllocatedInGPU" in memory ? Number(memory.numBytesAllocatedInGPU) : null;
}

/** Bytes by backend. Backends that do not report them are missing. */
const BYTES: Partial<Record<BackendName, () => number | null>> = {
  wasm: wasmBytes,
  cuda: () => (describeTensorFlow().gpu ? null : process.resourceUsage().maxRSS * 1024),
  webgpu: webGpuBytes,
};

/**
 * The most memory that the tensors of the active backend have taken, in bytes, or null if it is unknown.
 *
 * @throws OutOfMemory if the memory is full
 */
export function deviceBytes(backend: BackendName): number | null {
  return BYTES[backend]?.() ?? null;
}

/** Messages of the other backends and of Node. */
const SIGNS = /out of memory|\boom\b|resource exhausted|cannot allocate|allocation/i;

/** The text of a failed step for the user. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = error.message.split("\n", 1)[0]!.replace(/\.+$/, "");
  // The error class of WebAssembly. Its messages seldom say that memory was missing.
  const memory = error.name === "RuntimeError" || error instanceof OutOfMemory || SIGNS.test(line);
  return memory ? `out of memory: ${line}` : line;
}
