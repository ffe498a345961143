import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { PackageError } from "../../../shared/package/error.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type RawTensor,
  SafetensorsReader,
} from "../../../shared/package/safetensors.ts";
import { type ByteSource, sourceOf } from "../../../shared/package/source.ts";
import { numbers } from "../../oracles/numbers.ts";

const tensors = new Map<string, RawTensor>([
  ["small", { shape: [3], values: Int8Array.of(-127, 0, 5) }],
  ["wide", { shape: [2, 3], values: numbers(6, 1) }],
  ["name with ä", { shape: [1, 1, 2], values: Int8Array.of(1, 127) }],
  ["scalar", { shape: [], values: Float32Array.of(Math.PI) }],
  ["empty", { shape: [0, 4], values: new Float32Array() }],
]);

/** A file with any header and any data. */
function file(header: unknown, data: number[] = [], claimed?: number): Uint8Array<ArrayBuffer> {
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
  it("read back what was written", async () => {
    const decoded = await decodeSafetensors(encodeSafetensors(tensors));
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

  it("take a view of an array at its own place, not the whole array", async () => {
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const bytes = encodeSafetensors(new Map([["part", { shape: [2], values }]]));
    expect((await decodeSafetensors(bytes)).get("part")?.values).toEqual(Float32Array.of(1, 2));
  });

  it("are read from a Node Buffer and from the middle of a larger array", async () => {
    const bytes = encodeSafetensors(tensors);
    const around = new Uint8Array(bytes.length + 13);
    around.set(bytes, 5);
    for (const source of [Buffer.from(bytes), around.subarray(5, 5 + bytes.length)]) {
      const decoded = await decodeSafetensors(source);
      expect(decoded.get("wide")).toEqual(tensors.get("wide"));
      expect(decoded.get("small")).toEqual(tensors.get("small"));
    }
  });

  it("come one after the other, each in memory of its own, so that one can go before the next", async () => {
    const bytes = encodeSafetensors(tensors);
    const lengths: number[] = [];
    const whole = sourceOf(bytes);
    const source: ByteSource = {
      read: (length) => {
        lengths.push(length);
        return whole.read(length);
      },
      sha256: () => whole.sha256(),
    };
    const reader = await SafetensorsReader.open(source, bytes.length);
    expect(lengths).toHaveLength(2);
    const first = await reader.read();
    expect(lengths).toHaveLength(3);
    expect(first?.[1].values.buffer.byteLength).toBe(lengths[2]);
    expect(first?.[1].values.buffer).not.toBe(bytes.buffer);
  });

  it("may carry metadata, which is left out", async () => {
    const header = {
      __metadata__: { by: "x" },
      a: { dtype: "I8", shape: [2], data_offsets: [0, 2] },
    };
    expect(await decodeSafetensors(file(header, [1, 2]))).toEqual(
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
    {
      title: "a hole before a tensor",
      bytes: file(entry({ data_offsets: [4, 12] }), [...eight, ...eight].slice(4)),
      says: "begins at byte 4, where 0 is the next",
    },
    {
      title: "two tensors in one place",
      bytes: file({ ...entry({}), b: entry({}).a }, eight),
      says: "begins at byte 0, where 8 is the next",
    },
    {
      title: "bytes behind the last",
      bytes: file(entry({}), [...eight, 0]),
      says: "1 bytes belong to no tensor",
    },
  ])("refuse $title, saying so", async ({ bytes, says }) => {
    const error: unknown = await decodeSafetensors(bytes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PackageError);
    expect(error).toMatchObject({ fault: "weights_malformed" });
    expect(String(error)).toContain(says);
  });
});
