import { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Bytes of the whole wasm memory. */
function heapSize(): number {
  const backend = tf.backend();
  if (!(backend instanceof BackendWasm)) throw new Error("not on wasm");
  return tf.tidy(() => backend.typedArrayFromHeap(tf.scalar(0)).buffer.byteLength);
}

it("has room in the heap from the start, where the allocator's own growth may loop", () => {
  const before = heapSize();
  tf.tidy(() => {
    tf.zeros([48 * 2 ** 18]);
  });
  expect(heapSize()).toBe(before);
});
