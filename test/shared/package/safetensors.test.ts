import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { PackageError } from "../../../shared/package/error.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type RawTensor,
} from "../../../shared/package/safetensors.ts";
import { numbers } from "../../oracles/numbers.ts";

const tensors = new Map<string, RawTensor>([
  ["small", { shape: [3], values: Int8Array.of(-127, 0, 5) }],
  ["wide", { shape: [2, 3], values: numbers(6, 1) }],
  ["name with ä", { shape: [1, 1, 2], values: Int8Array.of(1, 127) }],
  ["scalar", { shape: [], values: Float32Array.of(Math.PI) }],
  ["empty", { shape: [0, 4], values: new Float32Array() }],
]);

/** A file with any header and any data. */
function file(header: unknown, data: number[] = [], claimed?: number): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe("safetensors", () => {
  it("read back what was written", () => {
    const decoded = decodeSafetensors(encodeSafetensors(tensors));
    expect(new Set(decoded.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) expect(decoded.get(name)).toEqual(tensor);
  });

  it("lie as the format says", () => {
    const bytes = encodeSafetensors(tensors);
    const view = new DataView(bytes.buffer);
    const length = view.getUint32(0, true);
    expect(view.getUint32(4, true)).toBe(0);
    expect((8 + length) % 8).toBe(0);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    const header = JSON.parse(text) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    expect(Object.keys(header).sort()).toEqual([...tensors.keys()].sort());

    const ranges = Object.values(header).map(({ data_offsets }) => data_offsets);
    ranges.sort(([a, b], [c, d]) => a - c || b - d);
    let end = 0;
    for (const range of ranges) {
      expect(range[0]).toBe(end);
      end = range[1];
    }
    expect(8 + length + end).toBe(bytes.length);

    for (const [name, { shape, values }] of tensors) {
      const { dtype, shape: stated, data_offsets } = header[name];
      expect(stated).toEqual(shape);
      expect(dtype).toBe(values instanceof Int8Array ? "I8" : "F32");
      const start = 8 + length + data_offsets[0];
      const size = dtype === "F32" ? 4 : 1;
      expect(data_offsets[1] - data_offsets[0]).toBe(values.length * size);
      if (dtype === "F32") expect(start % 4).toBe(0);
      values.forEach((value, i) => {
        const read =
          dtype === "F32" ? view.getFloat32(start + 4 * i, true) : view.getInt8(start + i);
        expect(read).toBe(value);
      });
    }
  });

  it("take a view of an array at its own place, not the whole array", () => {
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const bytes = encodeSafetensors(new Map([["part", { shape: [2], values }]]));
    expect(decodeSafetensors(bytes).get("part")?.values).toEqual(Float32Array.of(1, 2));
  });

  it("are read from a Node Buffer and from the middle of a larger array", () => {
    const bytes = encodeSafetensors(tensors);
    const around = new Uint8Array(bytes.length + 13);
    around.set(bytes, 5);
    for (const source of [Buffer.from(bytes), around.subarray(5, 5 + bytes.length)]) {
      expect(decodeSafetensors(source).get("wide")).toEqual(tensors.get("wide"));
      expect(decodeSafetensors(source).get("small")).toEqual(tensors.get("small"));
    }
  });

  it("share the file's memory where they are aligned in it, so that there is one copy", () => {
    const bytes = encodeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const bufferOf = (file: Uint8Array, name: string) =>
      decodeSafetensors(file).get(name)?.values.buffer;
    expect(bufferOf(bytes, "wide")).toBe(bytes.buffer);
    expect(bufferOf(shifted.subarray(1), "wide")).not.toBe(shifted.buffer);
  });

  it("may carry metadata, which is left out", () => {
    const header = {
      __metadata__: { by: "x" },
      a: { dtype: "I8", shape: [2], data_offsets: [0, 2] },
    };
    expect(decodeSafetensors(file(header, [1, 2]))).toEqual(
      new Map([["a", { shape: [2], values: Int8Array.of(1, 2) }]]),
    );
  });

  const entry = (changes: object) => ({
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...changes },
  });
  const eight = [0, 0, 0, 0, 0, 0, 0, 0];

  it.each([
    { title: "no bytes", bytes: new Uint8Array(), says: "0 bytes are too few" },
    { title: "less than a length", bytes: new Uint8Array(7), says: "7 bytes are too few" },
    { title: "a header beyond the end", bytes: file({}, [], 99), says: "claims 99 bytes" },
    { title: "a header of 2^63 bytes", bytes: file({}, [], 2 ** 63), says: "the header claims" },
    { title: "no JSON", bytes: file("{oops"), says: "the header is not JSON" },
    { title: "JSON that is no object", bytes: file("[1]"), says: "header at" },
    { title: "null", bytes: file("null"), says: "header at" },
    {
      title: "another type",
      bytes: file(entry({ dtype: "F64" }), eight),
      says: "header at a.dtype",
    },
    {
      title: "a negative size",
      bytes: file(entry({ shape: [-2] }), eight),
      says: "header at a.shape",
    },
    {
      title: "half an item",
      bytes: file(entry({ shape: [1.5] }), eight),
      says: "header at a.shape",
    },
    {
      title: "one offset",
      bytes: file(entry({ data_offsets: [0] }), eight),
      says: "header at a.data_offsets",
    },
    {
      title: "a shape that needs more",
      bytes: file(entry({ shape: [3] }), eight),
      says: "needs 12",
    },
    {
      title: "data cut short",
      bytes: file(entry({}), eight.slice(1)),
      says: "claims bytes 0 to 8",
    },
    {
      title: "offsets in reverse",
      bytes: file(entry({ data_offsets: [8, 0] }), eight),
      says: "claims bytes 8 to 0",
    },
  ])("refuse $title, saying so", ({ bytes, says }) => {
    const decode = () => decodeSafetensors(bytes);
    expect(decode).toThrow(PackageError);
    expect(decode).toThrow(expect.objectContaining({ fault: "weights-malformed" }));
    expect(decode).toThrow(says);
  });
});
