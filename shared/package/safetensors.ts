import * as z from "zod";
import { PackageError } from "./error.ts";

/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes little-endian header
 * length, a JSON header {name: {dtype, shape, data_offsets: [begin, end]}}, then the data.
 * We write and read the two types that packages use.
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

/** Tensors in the order given; the header is padded so that the data starts on 8 bytes. */
export function encodeSafetensors(tensors: Map<string, RawTensor>): Uint8Array<ArrayBuffer> {
  // Float tensors first keeps each of them on a multiple of 4.
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
  throw new PackageError("weights-malformed", `weights.safetensors: ${problem}`);
}

function parseHeader(bytes: Uint8Array): { header: z.infer<typeof headerSchema>; data: number } {
  if (bytes.length < 8) malformed(`${bytes.length} bytes are too few to hold a header`);
  const length = Number(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true),
  );
  if (length > HEADER_LIMIT || 8 + length > bytes.length) {
    malformed(`the header claims ${length} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  } catch {
    malformed("the header is not JSON");
  }
  if (json !== null && typeof json === "object" && "__metadata__" in json) {
    delete json.__metadata__;
  }
  const header = headerSchema.safeParse(json);
  if (!header.success) {
    const [{ path, message }] = header.error.issues;
    malformed(`header at ${path.map(String).join(".")}: ${message}`);
  }
  return { header: header.data, data: 8 + length };
}

/** Numbers that share the bytes' memory; copies where a float32 would not be aligned there. */
function view(bytes: Uint8Array, dtype: "F32" | "I8"): Float32Array | Int8Array {
  const { buffer, byteOffset, length } = bytes;
  if (dtype === "I8") return new Int8Array(buffer, byteOffset, length);
  // Not bytes.slice: a Node Buffer's is a view as well.
  if (byteOffset % 4 !== 0) return new Float32Array(new Uint8Array(bytes).buffer);
  return new Float32Array(buffer, byteOffset, length / 4);
}

/**
 * @returns every tensor by name; the values are views of the bytes, where these are aligned for them
 * @throws PackageError weights-malformed
 */
export function decodeSafetensors(bytes: Uint8Array): Map<string, RawTensor> {
  const { header, data } = parseHeader(bytes);
  const tensors = new Map<string, RawTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const [begin, end] = data_offsets;
    const size = elements(shape) * (dtype === "F32" ? 4 : 1);
    if (end - begin !== size || data + end > bytes.length) {
      malformed(`tensor "${name}" claims bytes ${begin} to ${end}, its shape needs ${size}`);
    }
    tensors.set(name, { shape, values: view(bytes.subarray(data + begin, data + end), dtype) });
  }
  return tensors;
}
