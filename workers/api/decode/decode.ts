import { HttpError } from "../../http/errors.ts";
import type { Decode, Reader } from "./codec.ts";
import { decodeJpeg } from "./jpeg.ts";
import { readJpegHeader } from "./jpegHeader.ts";
import { decodePng } from "./png.ts";
import { readPngHeader } from "./pngHeader.ts";
import { decodeWebp } from "./webp.ts";
import { readWebpHeader } from "./webpHeader.ts";

interface Format {
  name: string;
  /** Whether the first bytes belong to this format. */
  matches(bytes: Uint8Array): boolean;
  /** Reads the size in pixels from the header. @throws Error if the header is broken or the kind unsupported */
  size(bytes: Uint8Array): { width: number; height: number };
  decode: Decode;
}

/**
 * The largest side in pixels, as in JPEG. The resampler holds all source rows of one output pixel in memory:
 * for 6 megapixels in one column that would be hundreds of megabytes.
 */
const MAX_SIDE = 65_535;

const startsWith = (bytes: Uint8Array, signature: number[]) =>
  signature.every((byte, i) => bytes[i] === byte);

const formats: Format[] = [
  {
    name: "JPEG",
    matches: (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
    size: readJpegHeader,
    decode: decodeJpeg,
  },
  {
    name: "PNG",
    matches: (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    size: readPngHeader,
    decode: decodePng,
  },
  {
    name: "WebP",
    matches: (bytes) =>
      startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) &&
      startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
    size: readWebpHeader,
    decode: decodeWebp,
  },
];

function sizeOf(
  format: Format,
  bytes: Uint8Array,
  undecodable: (problem: string) => HttpError,
): { width: number; height: number } {
  try {
    return format.size(bytes);
  } catch (error) {
    throw undecodable(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Decodes a JPEG, PNG or WebP. The first bytes decide the format, not the request's media type.
 *
 * The size is checked in the header first, because a few kilobytes can unpack to gigabytes.
 *
 * @param where the image's place in the request, for the message
 * @param read computes the result from the bitmap; it must not keep the bitmap's memory
 * @throws HttpError 413 if a side or the number of pixels exceeds its limit, 422 if the image does not decode
 */
export async function decodeImage<T>(
  bytes: Uint8Array,
  where: string,
  maxPixels: number,
  read: Reader<T>,
): Promise<T> {
  const format = formats.find((candidate) => candidate.matches(bytes));
  if (!format) {
    throw new HttpError("not_an_image", `${where} is not a JPEG, PNG or WebP`, where);
  }
  const undecodable = (problem: string) =>
    new HttpError(
      "undecodable_image",
      `${where} is a ${format.name} that does not decode: ${problem}`,
      where,
    );
  const { width, height } = sizeOf(format, bytes, undecodable);
  const size = `${width}x${height}`;
  if (width === 0 || height === 0) throw undecodable(`its header says ${size} pixels`);
  const tooLarge = (problem: string) =>
    new HttpError("image_too_large", `${where} has ${problem}`, where);
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw tooLarge(`${size} pixels; the limit of a side is ${MAX_SIDE}`);
  }
  if (width * height > maxPixels) {
    throw tooLarge(`${size} = ${width * height} pixels; the limit is ${maxPixels}`);
  }
  const result = await format.decode(bytes, read);
  if (result !== null) return result;
  throw undecodable("it is cut off, damaged or of an unsupported kind");
}
