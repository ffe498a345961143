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

/** Of the backends that tell, or whose tensors live in the process's memory. */
const BYTES: Partial<Record<BackendName, () => number | null>> = {
  wasm: wasmBytes,
  cuda: () => (describeTensorFlow().gpu ? null : process.resourceUsage().maxRSS * 1024),
};

/**
 * The most that the active backend's tensors have taken, in bytes; null where nothing tells.
 *
 * @throws OutOfMemory where they have taken all there is
 */
export function deviceBytes(backend: BackendName): number | null {
  return BYTES[backend]?.() ?? null;
}

/** What backends throw for want of memory: WebAssembly's own errors, TensorFlow's, Node's, WebGPU's. */
const SIGNS = /out of bounds|out of memory|\boom\b|resource exhausted|cannot allocate|allocation/i;

/** What a person is told of a step that failed. */
export function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line] = message.split("\n", 1);
  const memory = error instanceof OutOfMemory || SIGNS.test(message);
  return memory ? `out of memory: ${line}` : line;
}
