import { createHash } from "node:crypto";
import { mkdir, open, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { IMAGE_CONTRACT } from "../../../shared/image/contract.ts";
import type { Frame } from "../../../shared/image/frame.ts";
import { writeAtomically } from "../../files.ts";
import { readerDigest } from "./reader.ts";

/**
 * Decoded images on disk, for the next run that reads the same files at the same size. The format:
 *
 *     8 bytes     length of the header, little-endian
 *     header      JSON
 *     pixels      RGB bytes, image after image; zeros where one did not decode
 */
const headerSchema = z.object({
  /** Digest of the pixels. */
  sha256: z.string(),
  /** Position and reason of each image that did not decode. */
  failed: z.array(z.tuple([z.number(), z.string()])),
});

const LENGTH_BYTES = 8;
const CHUNK = 64 * 2 ** 20;
/** Room that must stay free after a file is written, as a multiple of its size. */
const SPARE = 1;

function digestOf(pixels: Uint8Array): string {
  const hash = createHash("sha256");
  for (let at = 0; at < pixels.length; at += CHUNK) hash.update(pixels.subarray(at, at + CHUNK));
  return hash.digest("hex");
}

function parseHeader(text: string): z.infer<typeof headerSchema> | null {
  try {
    return headerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The path of the file that keeps images. It depends on everything that the pixels depend on: the bytes
 * of the image files, the frame, the version of the image contract, and the decoders themselves.
 *
 * @param digests SHA-256 of each image's file
 */
export function decodedPath(folder: string, digests: readonly string[], frame: Frame): string {
  const { width, height, fit = "stretch", decode = null } = frame;
  const hash = createHash("sha256").update(
    JSON.stringify([IMAGE_CONTRACT, readerDigest(), fit, decode]),
  );
  for (const digest of digests) hash.update(digest);
  return join(folder, `${hash.digest("hex")}-${width}x${height}`);
}

/**
 * Reads decoded images.
 *
 * @param pixels receives what the file holds
 * @returns the reasons of the images that did not decode, by position; null if the file is missing,
 *   damaged or of another length, and then `pixels` is undefined
 */
export async function readDecoded(
  path: string,
  pixels: Uint8Array,
): Promise<Map<number, string> | null> {
  const file = await open(path).catch(() => null);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const length = Buffer.alloc(LENGTH_BYTES);
    await file.read(length, 0, LENGTH_BYTES, 0);
    const headerBytes = Number(length.readBigUInt64LE());
    if (size !== LENGTH_BYTES + headerBytes + pixels.length) return null;
    const text = Buffer.alloc(headerBytes);
    await file.read(text, 0, headerBytes, LENGTH_BYTES);
    const header = parseHeader(text.toString());
    if (!header) return null;
    for (let at = 0; at < pixels.length; at += CHUNK) {
      const bytes = Math.min(CHUNK, pixels.length - at);
      const { bytesRead } = await file.read(pixels, at, bytes, size - pixels.length + at);
      if (bytesRead < bytes) return null;
    }
    return digestOf(pixels) === header.sha256 ? new Map(header.failed) : null;
  } finally {
    await file.close();
  }
}

/**
 * Writes decoded images.
 *
 * @param failed as `readDecoded` returns them
 * @throws Error with the reason if the file cannot be written, or the disk has too little room
 */
export async function writeDecoded(
  path: string,
  pixels: Uint8Array,
  failed: ReadonlyMap<number, string>,
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < (1 + SPARE) * pixels.length) {
    throw new Error(
      `${folder} has too little room for ${(pixels.length / 2 ** 30).toFixed(1)} GiB`,
    );
  }
  const header = Buffer.from(JSON.stringify({ sha256: digestOf(pixels), failed: [...failed] }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeAtomically(path, [length, header, pixels]);
}
