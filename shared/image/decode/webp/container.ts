import { limited } from "../limited.ts";
import { type Orientation, readOrientation, withoutPrefix } from "../metadata/exif.ts";

/** A part of a RIFF file. */
interface Chunk {
  type: string;
  data: Uint8Array;
}

const HEAD = 8;
const FILE_HEAD = 12;
const ANIMATED = 0x02;
const ALPHA = 0x10;
/** Bytes of a frame of an animation before its chunks. */
const FRAME_HEAD = 16;

const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const uint24 = (bytes: Uint8Array, at: number) =>
  bytes[at]! + 0x100 * bytes[at + 1]! + 0x1_0000 * bytes[at + 2]!;

export const textAt = (bytes: Uint8Array, at: number) =>
  String.fromCharCode(...bytes.subarray(at, at + 4));

function* readChunks(bytes: Uint8Array, start: number): Generator<Chunk> {
  for (let at = start; at + HEAD <= bytes.length;) {
    const length = viewOf(bytes).getUint32(at + 4, true);
    yield { type: textAt(bytes, at), data: bytes.subarray(at + HEAD, at + HEAD + length) };
    at += HEAD + length + (length % 2);
  }
}

/** The size in a picture's own chunk; null for other chunks. @throws Error if it is cut off */
function sizeOf({ type, data }: Chunk): { width: number; height: number } | null {
  if (type !== "VP8 " && type !== "VP8L") return null;
  if (data.length < 10) throw new Error("it is cut off");
  if (type === "VP8 ") {
    const view = viewOf(data);
    return {
      width: view.getUint16(6, true) & 0x3fff,
      height: view.getUint16(8, true) & 0x3fff,
    };
  }
  const sides = viewOf(data).getUint32(1, true);
  return { width: 1 + (sides & 0x3fff), height: 1 + ((sides >>> 14) & 0x3fff) };
}

/** A RIFF file of these chunks. */
function riff(chunks: readonly Chunk[]): Uint8Array {
  const sizes = chunks.map(({ data }) => HEAD + data.length + (data.length % 2));
  const bytes = new Uint8Array(FILE_HEAD + sizes.reduce((sum, size) => sum + size, 0));
  const put = (at: number, type: string, length: number) => {
    bytes.set(new TextEncoder().encode(type), at);
    viewOf(bytes).setUint32(at + 4, length, true);
  };
  put(0, "RIFF", bytes.length - HEAD);
  bytes.set(new TextEncoder().encode("WEBP"), HEAD);
  let at = FILE_HEAD;
  chunks.forEach(({ type, data }, i) => {
    put(at, type, data.length);
    bytes.set(data, at + HEAD);
    at += sizes[i]!;
  });
  return bytes;
}

/** One picture as a file of its own. */
interface Still {
  file: Uint8Array;
  width: number;
  height: number;
  lossless: boolean;
  /** Whether its alpha is a part of its own. */
  alpha: boolean;
}

/** The picture of a file, or of a frame of an animation. @throws Error where there is none */
function still(chunks: readonly Chunk[], file: (picture: Chunk) => Uint8Array): Still {
  const alpha = chunks.some(({ type }) => type === "ALPH");
  for (const chunk of chunks) {
    const size = sizeOf(chunk);
    if (size) return { ...size, file: file(chunk), lossless: chunk.type === "VP8L", alpha };
  }
  throw new Error("it holds no picture");
}

/** A frame with an alpha of its own chunk needs the header that announces it. */
function extended(width: number, height: number): Chunk {
  const data = new Uint8Array(10);
  data[0] = ALPHA;
  const sides = [width - 1, height - 1];
  sides.forEach((side, i) => {
    data.set([side & 0xff, (side >> 8) & 0xff, side >> 16], 4 + 3 * i);
  });
  return { type: "VP8X", data };
}

function firstFrame(data: Uint8Array) {
  if (data.length < FRAME_HEAD) throw new Error("it is cut off");
  const chunks = [...limited(readChunks(data, FRAME_HEAD), "chunks")];
  const alpha = chunks.find(({ type }) => type === "ALPH");
  const picture = still(chunks, (chunk) => {
    const size = sizeOf(chunk);
    return riff(alpha && size ? [extended(size.width, size.height), alpha, chunk] : [chunk]);
  });
  return { ...picture, left: 2 * uint24(data, 0), top: 2 * uint24(data, 3) };
}

/** What a WebP says about its picture, or about the first frame of an animation, on the canvas. */
export interface WebpHeader {
  /** Size of the canvas, in pixels. */
  width: number;
  height: number;
  orientation: Orientation;
  profile: Uint8Array | null;
  picture: Still & { left: number; top: number };
}

/**
 * Reads a WebP's chunks (WebP container specification).
 *
 * @throws Error where they are broken or cut off
 */
export function readWebpHeader(bytes: Uint8Array): WebpHeader {
  const chunks = [...limited(readChunks(bytes, FILE_HEAD), "chunks")];
  const first = chunks[0];
  if (first?.type !== "VP8X") {
    const picture = still(chunks.slice(0, 1), () => bytes);
    return {
      ...{ width: picture.width, height: picture.height, orientation: 1, profile: null },
      picture: { ...picture, left: 0, top: 0 },
    };
  }
  if (first.data.length < 10) throw new Error("it is cut off");
  const dataOf = (wanted: string) => chunks.find(({ type }) => type === wanted)?.data;
  const exif = dataOf("EXIF");
  const frame = first.data[0]! & ANIMATED ? dataOf("ANMF") : undefined;
  return {
    width: 1 + uint24(first.data, 4),
    height: 1 + uint24(first.data, 7),
    orientation: exif ? readOrientation(withoutPrefix(exif) ?? exif) : 1,
    profile: dataOf("ICCP") ?? null,
    picture: frame ? firstFrame(frame) : { ...still(chunks, () => bytes), left: 0, top: 0 },
  };
}
