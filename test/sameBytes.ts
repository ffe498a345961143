import { expect } from "vitest";

/**
 * Lets `toEqual` compare typed arrays by their bytes. Vitest compares them value by value, through
 * iterators: seconds for a checkpoint. It still does so where the bytes differ, to show the difference.
 */
function sameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return;
  const [first, second] = [a, b].map((view) => {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  });
  if (first.length !== second.length) return;
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return;
  return true;
}

// Vitest runs this before each file of a process, and keeps what it has added.
const ADDED = Symbol.for("sameBytes");
if (!Object.hasOwn(globalThis, ADDED)) {
  expect.addEqualityTesters([sameBytes]);
  Object.defineProperty(globalThis, ADDED, { value: true });
}
