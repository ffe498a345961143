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
  /** Whether the first bytes are this format's. */
  matches(bytes: Uint8Array): boolean;
  /** Read from the header. @throws Error where that is broken, or tells of what is not supported */
  size(bytes: Uint8Array): { width: number; height: number };
  decode: Decode;
}

/**
 * As JPEG has it. Each pixel of what an image is shrunk to is made of that many rows at most, and they are in
 * memory together: of 6 megapixels in one column they would be hundreds of megabytes.
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
 * Decodes a JPEG, PNG or WebP; the bytes say which, whatever the request claims.
 *
 * The size is read from the header and checked first: a few kilobytes can unpack to gigabytes.
 *
 * @param where the image's place in the request, for the message
 * @param read makes of the bitmap what the caller wants; the bitmap's memory is not to be kept
 * @throws HttpError 413 where it has more than `maxPixels`, 422 where it does not decode
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
  throw undecodable("it is cut off, damaged or of a kind that is not supported");
}
