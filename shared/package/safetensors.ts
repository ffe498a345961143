import * as z from "zod";
import { firstIssue } from "../firstIssue.ts";
import { parseJson } from "../json.ts";
import { PackageError } from "./error.ts";
import { type ByteSource, sourceOf } from "./source.ts";

/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes little-endian header
 * length, a JSON header {name: {dtype, shape, data_offsets: [begin, end]}}, then the data.
 * Only the two types that packages use are supported.
 */
export interface RawTensor {
  shape: number[];
  values: Float32Array | Int8Array;
}

const HEADER_LIMIT = 10_000_000;

const entrySchema = z.object({
  dtype: z.enum(["F32", "I8"]),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.record(z.string(), entrySchema);

const elements = (shape: number[]) => shape.reduce((product, size) => product * size, 1);

/** Writes tensors in the given order. The header is padded so that the data is aligned to 8 bytes. */
export function encodeSafetensors(tensors: Map<string, RawTensor>): Uint8Array<ArrayBuffer> {
  // With float tensors first, each of them is aligned to 4 bytes.
  const ordered = [...tensors].sort(
    ([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT,
  );
  let offset = 0;
  const header: z.infer<typeof headerSchema> = {};
  for (const [name, { shape, values }] of ordered) {
    const dtype = values instanceof Int8Array ? "I8" : "F32";
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const text = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(" ".charCodeAt(0));
  text.set(json);
  const bytes = new Uint8Array(8 + text.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const [, { values }] of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

function malformed(problem: string): never {
  throw new PackageError("weights_malformed", `weights.safetensors: ${problem}`);
}

function parseHeader(bytes: Uint8Array): z.infer<typeof headerSchema> {
  const json = parseJson(new TextDecoder().decode(bytes));
  if (json === undefined) malformed("the header is not JSON");
  if (json !== null && typeof json === "object" && "__metadata__" in json) {
    delete json.__metadata__;
  }
  const header = headerSchema.safeParse(json);
  if (header.success) return header.data;
  const { path, message } = firstIssue(header.error);
  malformed(`header at ${path.map(String).join(".")}: ${message}`);
}

/** The entries of the tensors in the order of their data. Checks that no byte lies between two tensors. */
function inOrder(header: z.infer<typeof headerSchema>, dataBytes: number) {
  const entries = Object.entries(header).map(([name, { dtype, shape, data_offsets }]) => {
    const [begin, end] = data_offsets;
    const bytes = elements(shape) * (dtype === "F32" ? 4 : 1);
    if (end - begin !== bytes || end > dataBytes) {
      malformed(`tensor "${name}" claims bytes ${begin} to ${end}, its shape needs ${bytes}`);
    }
    return { name, dtype, shape, begin, bytes };
  });
  entries.sort((a, b) => a.begin - b.begin || a.bytes - b.bytes);
  let position = 0;
  for (const { name, begin, bytes } of entries) {
    if (begin !== position) {
      malformed(`tensor "${name}" begins at byte ${begin}, where ${position} is the next`);
    }
    position += bytes;
  }
  if (position !== dataBytes) malformed(`${dataBytes - position} bytes belong to no tensor`);
  return entries;
}

/** What the header says about a tensor. */
export type TensorEntry = ReturnType<typeof inOrder>[number];

/** Reads a file of tensors from its beginning to its end. */
export class SafetensorsReader {
  private next = 0;

  private constructor(
    private readonly source: ByteSource,
    /** In the order of the data. */
    readonly entries: readonly TensorEntry[],
  ) {}

  /**
   * Reads the header.
   *
   * @param bytes the length of the file
   * @throws PackageError weights_malformed
   */
  static async open(source: ByteSource, bytes: number): Promise<SafetensorsReader> {
    if (bytes < 8) malformed(`${bytes} bytes are too few to hold a header`);
    const start = await source.read(8);
    const length = Number(new DataView(start.buffer).getBigUint64(0, true));
    if (length > HEADER_LIMIT || 8 + length > bytes) {
      malformed(`the header claims ${length} bytes`);
    }
    const header = parseHeader(await source.read(length));
    return new SafetensorsReader(source, inOrder(header, bytes - 8 - length));
  }

  /** Reads the next tensor into its own memory. @returns undefined after the last tensor */
  async read(): Promise<[string, RawTensor] | undefined> {
    const entry = this.entries[this.next++];
    if (!entry) return undefined;
    const { name, dtype, shape, bytes } = entry;
    const { buffer } = await this.source.read(bytes);
    return [
      name,
      { shape, values: dtype === "F32" ? new Float32Array(buffer) : new Int8Array(buffer) },
    ];
  }
}

/**
 * @returns every tensor by name
 * @throws PackageError weights_malformed
 */
export async function decodeSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Map<string, RawTensor>> {
  const reader = await SafetensorsReader.open(sourceOf(bytes), bytes.length);
  const tensors = new Map<string, RawTensor>();
  for (let next = await reader.read(); next; next = await reader.read()) tensors.set(...next);
  return tensors;
}
