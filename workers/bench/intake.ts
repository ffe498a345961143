import { ImageReader } from "../../shared/image/decode/imageReader.ts";
import { DECODING } from "../../shared/image/frame.ts";
import { modules } from "../api/decode/modules.ts";
import { readFormerly } from "./former/read.ts";
import type { Way } from "./protocol.ts";

type Read = (bytes: Uint8Array, side: number) => Promise<Uint8Array>;

const reader = new ImageReader(modules);

/** The network's pixels of an image, for a network that reads squares of this side. */
const READ: Record<Way, Read> = {
  now: (bytes, side) =>
    Promise.resolve(reader.read(bytes, { width: side, height: side, decode: DECODING })),
  former: readFormerly,
};

const images = new Map<string, Promise<Uint8Array>>();

async function fetchImage(bucket: R2Bucket, key: string): Promise<Uint8Array> {
  const found = await bucket.get(key);
  if (!found) throw new Error(`the bucket has no ${key}`);
  // Like the body of a request: R2's own arrayBuffer() joins parts at the end, with the memory of two files.
  const bytes = new Uint8Array(found.size);
  let length = 0;
  const parts: AsyncIterable<Uint8Array> = found.body;
  for await (const part of parts) {
    bytes.set(part, length);
    length += part.length;
  }
  return bytes;
}

/** Makes the pixels of an image of the bucket several times. The isolate keeps its file. */
export async function runIntake(
  bucket: R2Bucket,
  { way, key, side, runs }: { way: Way; key: string; side: number; runs: number },
): Promise<Uint8Array> {
  const image = images.get(key) ?? fetchImage(bucket, key);
  images.set(key, image);
  const bytes = await image;
  let pixels: Uint8Array = new Uint8Array();
  for (let i = 0; i < runs; i++) pixels = await READ[way](bytes, side);
  return pixels;
}
