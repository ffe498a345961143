import { describe, expect, it } from "vitest";
import { encodeNpy } from "../../../trainer/export/npy.ts";
import { numbers } from "../../oracles/numbers.ts";

/** The parts of a file, taken apart by the format's own words. */
function parts(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(8, true);
  const values = [];
  for (let at = 10 + length; at < bytes.length; at += 4) values.push(view.getFloat32(at, true));
  return {
    magic: Array.from(bytes.subarray(0, 8)),
    header: Buffer.from(bytes.subarray(10, 10 + length)).toString("latin1"),
    start: 10 + length,
    values,
  };
}

describe("a NumPy file", () => {
  it.each([
    { n: 3, d: 2 },
    { n: 1, d: 128 },
    { n: 1234, d: 5 },
    { n: 0, d: 4 },
  ])("holds its header and the values, row by row: $n x $d", ({ n, d }) => {
    const rows = numbers(n * d, 3);
    const { magic, header, start, values } = parts(encodeNpy(rows, d));
    expect(magic).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    expect(header.trimEnd()).toBe(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${d}), }`,
    );
    expect(header.endsWith("\n")).toBe(true);
    expect(start % 64).toBe(0);
    expect(values).toEqual(Array.from(rows));
  });
});
