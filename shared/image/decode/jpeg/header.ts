import { type Orientation, readOrientation, withoutPrefix } from "../metadata/exif.ts";
import { MAX_PROFILE_BYTES } from "../colour/profile.ts";
import { joined, lengthOf } from "../joined.ts";
import { limited } from "../limited.ts";
import { isFrame, readSegments, type Segment } from "./segments.ts";

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const COM = 0xfe;
const SOS = 0xda;

/** Encoders write 1 to 12. Each goes over the whole picture, though it may take a few bytes alone. */
const MAX_SCANS = 40;

/** Component ids "R", "G", "B": red, green and blue, if no other part of the file says so. */
const RGB_IDS = "82,71,66";

const ICC = "ICC_PROFILE\0";
/** Bytes at the start of a profile's chunk: the name, the chunk's number and the count of chunks. */
const ICC_HEADER = ICC.length + 2;

/** What the header of a JPEG says about its picture. */
export interface JpegHeader {
  width: number;
  height: number;
  orientation: Orientation;
  profile: Uint8Array | null;
  progressive: boolean;
  /** Samples of all components to a pixel, as stored: 1 for grey, 1.5 for 4:2:0, 3 for 4:4:4. */
  samplesPerPixel: number;
  /** Whether it is made of inks. */
  cmyk: boolean;
  /** Whether its three components are red, green and blue; else they are Y, Cb and Cr. */
  isRgb: boolean;
  /** The segments that a decoder needs: tables, frame, scans and colour space. */
  segments: Segment[];
}

const unsupported = (what: string) => new Error(`it is ${what}, which is not supported`);

/** @throws Error where a frame is of a kind that the codec does not know */
function checkFrame(marker: number, precision: number, components: number): void {
  // The last two bits count baseline, extended, progressive and lossless.
  if (marker % 4 === 3) throw unsupported("lossless");
  if (marker > 0xc8) throw unsupported("arithmetic-coded");
  if (marker > 0xc4) throw unsupported("hierarchical");
  if (precision !== 8) throw unsupported(`of ${precision} bits a channel`);
  if (components !== 1 && components !== 3 && components !== 4) {
    throw unsupported(`of ${components} channels`);
  }
}

function readFrame(bytes: Uint8Array, { marker, start, end }: Segment) {
  if (end - start < 10) throw new Error("its frame header is broken");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const components = bytes[start + 9]!;
  checkFrame(marker, bytes[start + 4]!, components);
  if (end - start < 10 + 3 * components) throw new Error("its frame header is broken");
  const factors = Array.from({ length: components }, (_, i) => {
    const factor = bytes[start + 11 + 3 * i]!;
    return { across: factor >> 4, down: factor & 15 };
  });
  const most = (of: (factor: (typeof factors)[0]) => number) => Math.max(...factors.map(of));
  const whole = most(({ across }) => across) * most(({ down }) => down);
  const samples = factors.reduce((sum, { across, down }) => sum + across * down, 0);
  return {
    height: view.getUint16(start + 5),
    width: view.getUint16(start + 7),
    progressive: marker === 0xc2,
    cmyk: components === 4,
    ids: Array.from({ length: components }, (_, i) => bytes[start + 10 + 3 * i]!),
    samplesPerPixel: whole > 0 ? samples / whole : components,
  };
}

const startsWith = (bytes: Uint8Array, text: string) =>
  text.split("").every((letter, i) => bytes[i] === letter.charCodeAt(0));

/** The chunks of an ICC profile, put together (ICC.1:2010, B.4); null where one is missing or comes twice. */
function joinProfile(chunks: Uint8Array[]): Uint8Array | null {
  if (chunks.length === 0) return null;
  const sorted = chunks.toSorted((a, b) => a[ICC.length]! - b[ICC.length]!);
  const isWhole = sorted.every(
    (chunk, i) => chunk[ICC.length] === i + 1 && chunk[ICC.length + 1] === chunks.length,
  );
  if (!isWhole) return null;
  const ordered = sorted.map((chunk) => chunk.subarray(ICC_HEADER));
  return lengthOf(ordered) > MAX_PROFILE_BYTES ? null : joined(ordered);
}

/** Application data that no decoder needs: all but JFIF's and Adobe's, which tell of the colour space. */
const isAside = (marker: number) =>
  marker === COM || (marker > APP0 && marker <= 0xef && marker !== APP14);

/**
 * Reads a JPEG's segments to its end: the codec fills with grey what is missing, and half a picture would
 * get an embedding. The thumbnail in an Exif segment is skipped with it.
 *
 * @throws Error if it is cut off or broken, or of a kind that is not supported
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let frame: ReturnType<typeof readFrame> | undefined;
  let orientation: Orientation = 1;
  let scans = 0;
  const chunks: Uint8Array[] = [];
  let isJfif = false;
  let adobe: number | undefined;
  const segments = [...limited(readSegments(bytes), "segments")].filter((segment) => {
    const { marker, start, end } = segment;
    const body = bytes.subarray(start + 4, end);
    if (isFrame(marker)) {
      if (frame) throw new Error("it holds two frames");
      frame = readFrame(bytes, segment);
    } else if (marker === SOS) {
      scans += 1;
    } else if (marker === APP1) {
      const tiff = withoutPrefix(body);
      if (tiff) orientation = readOrientation(tiff);
    } else if (marker === APP0) {
      isJfif ||= startsWith(body, "JFIF\0");
    } else if (marker === APP14 && body.length >= 12 && startsWith(body, "Adobe")) {
      adobe = body[11];
    } else if (marker === APP2 && body.length >= ICC_HEADER && startsWith(body, ICC)) {
      chunks.push(body);
    }
    return !isAside(marker);
  });
  if (!frame || scans === 0) throw new Error("it holds no picture");
  if (scans > MAX_SCANS) throw new Error(`it has more than ${MAX_SCANS} scans`);
  const { ids, ...picture } = frame;
  const isRgb = !isJfif && (adobe === undefined ? ids.join() === RGB_IDS : adobe === 0);
  return { ...picture, isRgb, orientation, profile: joinProfile(chunks), segments };
}
