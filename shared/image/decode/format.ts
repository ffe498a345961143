import type { Frame } from "../frame.ts";
import type { Resampler } from "../resample/resampler.ts";
import type { LibAvif } from "./avif/libavif.ts";
import type { RgbSpace } from "./colour/space.ts";
import type { MeansKernel } from "./jpeg/means/kernel.ts";
import type { Turbo } from "./jpeg/turbo.ts";
import type { LibDe265 } from "./heic/libde265.ts";
import type { Kept } from "./kept.ts";
import type { Orientation } from "./metadata/exif.ts";
import type { PngKernel } from "./png/kernel.ts";
import type { LibWebp } from "./webp/libwebp.ts";

/** What an isolate or thread decodes with. */
export interface Tools {
  resampler: Kept<Resampler>;
  jpeg: Kept<Turbo>;
  means: Kept<MeansKernel>;
  png: Kept<PngKernel>;
  webp: Kept<LibWebp>;
  avif: Kept<LibAvif>;
  heic: Kept<LibDe265>;
}

/** All that is read of a picture before it is decoded, and what decodes it. */
export interface Header {
  /** As stored, in pixels. */
  width: number;
  height: number;
  orientation: Orientation;
  /** Reads what its RGB levels mean; null where that is sRGB, or is not told. It is never an error. */
  space(tools: Tools): RgbSpace | null;
  /** How many times smaller it may be decoded, the smallest picture first. */
  scales: readonly number[];
  /** Bytes of memory that decoding takes at a scale, beside the file's own. */
  cost(scale: number): number;
  /**
   * @param frame of the picture as stored
   * @returns RGB bytes, [height, width, 3] of the frame
   * @throws Error where it does not decode
   */
  decode(tools: Tools, frame: Frame, scale: number): Uint8Array<ArrayBuffer>;
}

/** A kind of image file. */
export interface Format {
  name: string;
  /** Whether the first bytes are this format's. */
  matches(bytes: Uint8Array): boolean;
  /** @throws Error if the header is broken, or tells of what is not supported */
  read(bytes: Uint8Array): Header;
}
