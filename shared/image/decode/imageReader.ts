import { type Frame, wholeSize } from "../frame.ts";
import { Resampler } from "../resample/resampler.ts";
import { avif } from "./avif/avif.ts";
import { LibAvif } from "./avif/libavif.ts";
import { toSrgb } from "./colour/srgb.ts";
import type { Format, Header, Tools } from "./format.ts";
import { gif } from "./gif/gif.ts";
import { heic } from "./heic/heic.ts";
import { LibDe265 } from "./heic/libde265.ts";
import { ImageError } from "./imageError.ts";
import { jpeg } from "./jpeg/jpeg.ts";
import { MeansKernel } from "./jpeg/means/kernel.ts";
import { Turbo } from "./jpeg/turbo.ts";
import { Kept } from "./kept.ts";
import type { Modules } from "./modules.ts";
import { isTurned, turnUpright } from "./orientation.ts";
import { PngKernel } from "./png/kernel.ts";
import { png } from "./png/png.ts";
import { whyRefused } from "./refused.ts";
import { LibWebp } from "./webp/libwebp.ts";
import { webp } from "./webp/webp.ts";

const FORMATS: readonly Format[] = [jpeg, png, webp, avif, heic, gif];

const NAMES = FORMATS.map(({ name }) => name)
  .join(", ")
  .replace(/, (\w+)$/, " or $1");

/**
 * As JPEG has it. A pixel of the frame is made of that many rows at most, and they are in memory
 * together: of 6 megapixels in one column they would be hundreds of megabytes.
 */
const MAX_SIDE = 65_535;

/** Decoding takes time even where it takes little memory: a few kilobytes of PNG can hold 4 gigapixels. */
const MAX_PIXELS = 64_000_000;

const MIB = 2 ** 20;

const withArticle = (name: string) => `${name.startsWith("A") ? "an" : "a"} ${name}`;

const reasonOf = (error: unknown) =>
  error instanceof Error ? error.message : "it is damaged or cut off";

/** The frame of a picture that is turned upright afterwards. */
const lying = ({ width, height, ...rest }: Frame): Frame => ({
  ...rest,
  width: height,
  height: width,
});

/** The smallest size to decode to that leaves as many pixels as the frame asks for (manifest.ts: input.decode). */
function scaleFor({ width, height, scales }: Header, frame: Frame): number {
  const { oversampling } = frame.decode ?? {};
  if (!oversampling) return 1;
  const whole = wholeSize(frame);
  const fits = (scale: number) =>
    width / scale >= oversampling * whole.width && height / scale >= oversampling * whole.height;
  return scales.find(fits) ?? 1;
}

/** @throws where a picture has no pixels, or too many to be decoded within the budget */
function weigh(
  { name }: Format,
  header: Header,
  scale: number,
  fileBytes: number,
  budget: number,
): void {
  const { width, height } = header;
  const size = `${width}x${height}`;
  if (width === 0 || height === 0) throw new Error(`its header says ${size} pixels`);
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageError(
      "image_too_large",
      `has ${size} pixels; the limit of a side is ${MAX_SIDE}`,
    );
  }
  const pixels = width * height;
  if (pixels > MAX_PIXELS) {
    throw new ImageError(
      "image_too_large",
      `has ${size} = ${pixels} pixels; the limit is ${MAX_PIXELS}`,
    );
  }
  const bytes = fileBytes + header.cost(scale);
  if (bytes > budget) {
    const mib = (value: number) => `${Math.ceil(value / MIB)} MiB`;
    throw new ImageError(
      "image_too_large",
      `is ${withArticle(name)} of ${size} = ${pixels} pixels, which takes ${mib(bytes)} to decode; the limit is ${mib(budget)}`,
    );
  }
}

/** Makes the network's pixels of image files, one isolate's or thread's. */
export class ImageReader {
  private readonly tools: Tools;

  constructor(modules: Modules) {
    this.tools = {
      resampler: new Kept(() => new Resampler(modules.resample)),
      jpeg: new Kept(() => new Turbo(modules.jpeg)),
      means: new Kept(() => new MeansKernel(modules.means)),
      png: new Kept(() => new PngKernel(modules.png)),
      webp: new Kept(() => new LibWebp(modules.webp)),
      avif: new Kept(() => new LibAvif(modules.avif)),
      heic: new Kept(() => new LibDe265(modules.heic)),
    };
  }

  /** Whether bytes begin as an image of a kind that is read. */
  recognises(bytes: Uint8Array): boolean {
    return FORMATS.some((format) => format.matches(bytes));
  }

  /** Bytes of WebAssembly memory that are kept between pictures. */
  get heapBytes(): number {
    const { resampler, jpeg, means, png, webp, avif, heic } = this.tools;
    const instances = [resampler, jpeg, means, png, webp, avif, heic];
    return instances.reduce((sum, { heapBytes }) => sum + heapBytes, 0);
  }

  /**
   * The pixels of an image file; its first bytes say what it is. Its header is read and weighed first:
   * a few kilobytes can unpack to gigabytes.
   *
   * @param budget bytes of memory that the file and its decoding may take
   * @returns RGB bytes, [height, width, 3] of the frame
   * @throws ImageError where it is no image, of a kind or size that is not read, or does not decode
   */
  read(bytes: Uint8Array, frame: Frame, budget = Infinity): Uint8Array<ArrayBuffer> {
    const format = FORMATS.find((candidate) => candidate.matches(bytes));
    if (!format) {
      const refused = whyRefused(bytes, NAMES);
      if (refused !== null) throw new ImageError("undecodable_image", refused);
      throw new ImageError("not_an_image", `is not a ${NAMES}`);
    }
    try {
      const header = format.read(bytes);
      const { orientation } = header;
      const stored = isTurned(orientation) ? lying(frame) : frame;
      const scale = scaleFor(header, stored);
      weigh(format, header, scale, bytes.length, budget);
      const pixels = header.decode(this.tools, stored, scale);
      if (frame.decode?.colorSpace === "srgb") {
        const space = header.space(this.tools);
        if (space) toSrgb(pixels, space);
      }
      return turnUpright(pixels, orientation, frame);
    } catch (error) {
      if (error instanceof ImageError) throw error;
      throw new ImageError(
        "undecodable_image",
        `is ${withArticle(format.name)} that does not decode: ${reasonOf(error)}`,
      );
    }
  }
}
