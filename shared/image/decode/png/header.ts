import { type Orientation, readOrientation, withoutPrefix } from "../metadata/exif.ts";
import { limited } from "../limited.ts";
import { type Checksums, type Chunk, readChunks } from "./chunks.ts";

/** Colour types (PNG, third edition, 11.2.1), with their samples to a pixel and the depths they allow. */
const COLOURS: Record<number, { samples: number; depths: number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Chunks that pixels depend on. */
const CRITICAL = ["IHDR", "PLTE", "tRNS", "IDAT"];

export const GREY = 0;
export const RGB = 2;
export const INDEXED = 3;

/** What the header of a PNG says about its picture. */
export interface PngHeader {
  width: number;
  height: number;
  /** Bits of a sample. */
  depth: number;
  colour: number;
  /** Samples to a pixel. */
  samples: number;
  interlaced: boolean;
  /** RGB of each index; empty where colours are not indexed. */
  palette: Uint8Array;
  /** The data of tRNS: alphas of indexes, or the one colour that is transparent. */
  transparency: Uint8Array | null;
  orientation: Orientation;
  /** The data of iCCP and of cICP. */
  profile: Uint8Array | null;
  codePoints: Uint8Array | null;
  /** The compressed pixels, in parts. */
  data: Uint8Array[];
  /** @throws Error if a chunk that pixels depend on is missing or damaged */
  check(sums: Checksums): void;
}

function readFirst({ data }: Chunk) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const depth = data[8]!;
  const colour = data[9]!;
  const interlace = data[12]!;
  const known = COLOURS[colour];
  if (!known?.depths.includes(depth)) {
    throw new Error(
      `its header says colour type ${colour} with ${depth} bits, which PNG does not have`,
    );
  }
  if (data[10] !== 0 || data[11] !== 0 || interlace > 1) {
    throw new Error("its header names a compression, filter or interlacing that PNG does not have");
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colour,
    samples: known.samples,
    interlaced: interlace === 1,
  };
}

/**
 * Reads a PNG's chunks. Those that no pixel depends on may be broken, and the end may be missing. From an
 * animated PNG it reads the picture that viewers without animation show.
 *
 * @throws Error if the first chunk is missing or broken
 */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const [first, ...chunks] = limited(readChunks(bytes), "chunks");
  if (first?.type !== "IHDR" || first.data.length !== 13) throw new Error("it has no header");
  const header: PngHeader = {
    ...readFirst(first),
    palette: new Uint8Array(),
    transparency: null,
    orientation: 1,
    profile: null,
    codePoints: null,
    data: [],
    check(sums) {
      if (this.data.length === 0) throw new Error("it holds no picture");
      if (this.colour === INDEXED && this.palette.length < 3) throw new Error("it has no palette");
      const critical = [first, ...chunks].filter(({ type }) => CRITICAL.includes(type));
      if (!critical.every((chunk) => chunk.isSound(sums))) throw new Error("it is damaged");
    },
  };
  for (const { type, data } of chunks) {
    if (type === "IDAT") header.data.push(data);
    else if (type === "PLTE") header.palette = data;
    else if (type === "tRNS") header.transparency = data;
    else if (type === "iCCP") header.profile = data;
    else if (type === "cICP") header.codePoints = data;
    else if (type === "eXIf") header.orientation = readOrientation(withoutPrefix(data) ?? data);
  }
  return header;
}
