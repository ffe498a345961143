import { describe, expect, it } from "vitest";
import { growth, slowdown } from "../../../../scripts/harness/soak/judge.ts";

const MIB = 2 ** 20;

function parts(last: { js?: number; wasm?: number; tensors?: number; ms?: number } = {}) {
  const usual = { js: 4 * MIB, wasm: 40 * MIB, tfjs: 16 * MIB, tensors: 2, resident: null };
  const part = (memory: typeof usual, ms: number) => ({ times: [1, 1, ms], memory });
  const { ms = 10, ...memory } = last;
  // Before the second, anything may be.
  const first = part({ ...usual, js: MIB, wasm: MIB, tensors: 0 }, 10);
  return [first, part(usual, 12), part({ ...usual, ...memory }, ms)];
}

describe("a soak", () => {
  it("is flat from the second part on, within a MiB", () => {
    expect(growth(parts())).toEqual([]);
    expect(growth(parts({ js: 5 * MIB, wasm: 41 * MIB, tensors: 2 }))).toEqual([]);
    expect(growth(parts({ js: MIB, wasm: MIB, tensors: 0 }))).toEqual([]);
  });

  it("tells what has grown, from what, to what", () => {
    const limit = "since the second part; at most 1.0 MiB more are allowed";
    expect(growth(parts({ js: 6 * MIB, wasm: 42 * MIB, tensors: 3 }))).toEqual([
      `the JavaScript heap grew from 4.0 to 6.0 MiB ${limit}`,
      `WebAssembly's memory grew from 40.0 to 42.0 MiB ${limit}`,
      "open tensors grew from 2 to 3 since the second part",
    ]);
  });

  it("has become slow where the last part's p99 is over 1.5 times the first's", () => {
    expect(slowdown(parts({ ms: 15 }))).toEqual([]);
    expect(slowdown(parts({ ms: 15.1 }))).toEqual([
      "p99 was 15.1 ms in the last part and 10.0 in the first; the limit is 1.5 times as much",
    ]);
  });
});
