import fc from "fast-check";
import { expect, it } from "vitest";
import { openKernel } from "./kernel.ts";

const kernel = openKernel();
const ROOM = 1024;

/** PNG, third edition, 9.2, word by word. */
function reconstruct(filter: number, row: Uint8Array, above: Uint8Array, step: number) {
  const result = new Uint8Array(row.length);
  row.forEach((x, i) => {
    const a = i < step ? 0 : result[i - step];
    const b = above[i];
    const c = i < step ? 0 : above[i - step];
    const p = a + b - c;
    const [pa, pb, pc] = [a, b, c].map((value) => Math.abs(p - value));
    const nearest = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    result[i] = x + [0, a, b, Math.floor((a + b) / 2), nearest][filter];
  });
  return result;
}

it("undoes filters as the standard says", () => {
  const levels = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 254, 255));
  const pixels = fc.integer({ min: 1, max: 40 });
  const pairs = fc.array(fc.tuple(levels, levels), { minLength: 320, maxLength: 320 });
  const steps = fc.constantFrom(1, 2, 3, 4, 6, 8);
  fc.assert(
    fc.property(fc.nat(4), steps, pixels, pairs, (filter, step, count, values) => {
      const bytes = step * count;
      const row = Uint8Array.from(values.slice(0, bytes), ([level]) => level);
      const above = Uint8Array.from(values.slice(0, bytes), ([, level]) => level);
      const at = kernel.reserve(3 * ROOM);
      // Of what lies around nothing may be read.
      kernel.view(at, 3 * ROOM).fill(173);
      kernel.view(at, bytes).set(row);
      kernel.view(at + ROOM, bytes).set(above);
      kernel.exports.unfilter(filter, at, at + 2 * ROOM, at + ROOM, bytes, step);
      const actual = kernel.view(at + 2 * ROOM, bytes);
      expect(Uint8Array.from(actual)).toEqual(reconstruct(filter, row, above, step));
    }),
    { numRuns: 500 },
  );
});
