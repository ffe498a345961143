import { readFile } from "node:fs/promises";
import * as z from "zod";
import { UserError } from "../../error.ts";
import type { SourceTensor } from "./sourceTensor.ts";

/** Decodes an IEEE 754 half precision number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const FLOATS: Record<string, { bytes: number; read: (view: DataView, at: number) => number }> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) },
};

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

function parseHeader(bytes: Buffer, length: number): z.infer<typeof headerSchema> | undefined {
  try {
    const json: unknown = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    const { __metadata__, ...header } = z.record(z.string(), z.unknown()).parse(json);
    return headerSchema.parse(header);
  } catch {
    return undefined;
  }
}

/**
 * Reads any safetensors file. (shared/package/safetensors.ts reads only the two types of packages.)
 *
 * @returns the F32 and F16 tensors; integer tensors, such as counters, are ignored
 * @throws UserError if the file is missing or broken, or has floats of another type
 */
export async function readSafetensors(path: string): Promise<Map<string, SourceTensor>> {
  const bytes = await readFile(path).catch(() => {
    throw new UserError(`there is no file ${path}`);
  });
  const length = bytes.length < 8 ? NaN : Number(bytes.readBigUInt64LE());
  const header = parseHeader(bytes, length);
  if (!header) throw new UserError(`${path} is not a safetensors file: its header does not parse`);
  const tensors = new Map<string, SourceTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (/^([IU]\d+|BOOL)$/.test(dtype)) continue;
    const type = Object.hasOwn(FLOATS, dtype) ? FLOATS[dtype] : undefined;
    if (!type) {
      throw new UserError(
        `${path}: tensor "${name}" is ${dtype}; only ${Object.keys(FLOATS).join(" and ")} are supported`,
      );
    }
    const { bytes: each, read } = type;
    const count = shape.reduce((product, size) => product * size, 1);
    const [begin, end] = [8 + length + data_offsets[0], 8 + length + data_offsets[1]];
    if (end - begin !== count * each || end > bytes.length) {
      throw new UserError(
        `${path}: tensor "${name}" is cut off or does not have its stated size; fetch the file again`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + begin, end - begin);
    tensors.set(name, {
      shape,
      values: Float32Array.from({ length: count }, (_, i) => read(view, i * each)),
    });
  }
  return tensors;
}
