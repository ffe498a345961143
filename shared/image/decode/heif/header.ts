import { spaceOfCicp } from "../colour/cicp.ts";
import { readProfile } from "../colour/profile.ts";
import type { RgbSpace } from "../colour/space.ts";
import type { Orientation } from "../metadata/exif.ts";
import { type Box, Reader } from "./boxes.ts";
import type { Items } from "./items.ts";

/** What the header of a file says about its picture. */
export interface HeifHeader {
  /** As stored, in pixels. */
  width: number;
  height: number;
  orientation: Orientation;
  /** What its RGB levels mean; null where that is sRGB, or is not told. */
  space(): RgbSpace | null;
  /** Whether it is put together of parts. */
  grid: boolean;
  alpha: boolean;
  /** Bytes of a sample, and samples of all components to a pixel: 1 for grey, 1.5 for 4:2:0, 3 for 4:4:4. */
  sampleBytes: number;
  samplesPerPixel: number;
}

/** By quarters of a turn to the left, without a mirror, and with top and bottom or left and right exchanged. */
const ORIENTATIONS: readonly (readonly [Orientation, Orientation, Orientation])[] = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

/** Rotation and mirroring (ISO/IEC 23008-12, 6.5.10 and 6.5.12) as one orientation of Exif. */
function orientationOf(properties: readonly Box[]): Orientation {
  let turns = 0;
  let mirror = 0;
  for (const { type, data } of properties) {
    if (type === "irot") {
      const quarters = new Reader(data).uint(1) & 3;
      // Turned after it was mirrored, a picture is as if turned the other way before.
      turns += mirror === 0 ? quarters : 4 - quarters;
    } else if (type === "imir" && mirror === 0) {
      mirror = 1 + (new Reader(data).uint(1) & 1);
    }
  }
  return ORIENTATIONS[turns % 4]![mirror]!;
}

/** @throws Error where none says a size */
export function sizeOf(properties: readonly Box[]): { width: number; height: number } {
  const sizes = properties.filter(({ type }) => type === "ispe");
  if (sizes.length === 0) throw new Error("its header says no size, or is cut off");
  const reader = new Reader(sizes[0]!.data);
  reader.uint(4);
  return { width: reader.uint(4), height: reader.uint(4) };
}

/** Of an ICC profile, which goes first, or of code points (ISO/IEC 14496-12, 12.1.5). */
function spaceOf(properties: readonly Box[]): RgbSpace | null {
  const colours = properties.flatMap(({ type, data }) =>
    type === "colr" && data.length >= 8 ? [new Reader(data)] : [],
  );
  const kinds = colours.map((reader) => ({ kind: reader.text(4), reader }));
  const profile = kinds.find(({ kind }) => kind === "prof" || kind === "rICC");
  if (profile) return readProfile(profile.reader.rest);
  const points = kinds.find(({ kind }) => kind === "nclx")?.reader;
  return points ? spaceOfCicp(points.uint(2), points.uint(2)) : null;
}

/** What of a stored picture is shown, in pixels. */
interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * The clean aperture (ISO/IEC 14496-12, 12.1.4), whose middle lies so far from that of the picture.
 *
 * @throws Error where it goes beyond the picture
 */
export function cropOf(
  properties: readonly Box[],
  stored: { width: number; height: number },
): Crop {
  const box = properties.find(({ type }) => type === "clap");
  if (!box) return { left: 0, top: 0, ...stored };
  const reader = new Reader(box.data);
  const fraction = () => (reader.uint(4) | 0) / reader.uint(4);
  const [width, height, right, down] = [fraction(), fraction(), fraction(), fraction()];
  const crop = {
    left: Math.floor((stored.width - width) / 2 + right),
    top: Math.floor((stored.height - height) / 2 + down),
    width: Math.floor(width),
    height: Math.floor(height),
  };
  const fits = (start: number, length: number, whole: number) =>
    start >= 0 && length >= 0 && start + length <= whole;
  if (!fits(crop.left, crop.width, stored.width) || !fits(crop.top, crop.height, stored.height)) {
    throw new Error("its clean aperture goes beyond it");
  }
  return crop;
}

/** How AV1 stores samples (AV1 codec ISO media file format binding, 2.3.3). */
function samplesOf(all: readonly Box[]) {
  const flags = all
    .filter(({ type, data }) => type === "av1C" && data.length > 2)
    .map(({ data }) => data[2]!);
  const samples = flags.map((flag) => {
    if (flag & 0x10) return 1;
    return 1 + (flag & 8 ? 1 : 2) * (flag & 4 ? 0.5 : 1);
  });
  return {
    sampleBytes: flags.some((flag) => flag & 0x40) ? 2 : 1,
    samplesPerPixel: Math.max(1, ...samples),
  };
}

/**
 * Reads what a HEIF file says of its picture.
 *
 * @throws Error where that is missing, cut off or damaged
 */
export function readHeifHeader({ primary, types, propertiesOf, all }: Items): HeifHeader {
  const properties = propertiesOf(primary);
  return {
    ...sizeOf(properties),
    orientation: orientationOf(properties),
    space: () => spaceOf(properties),
    grid: types.get(primary) === "grid",
    alpha: all.some(({ type }) => type === "auxC"),
    ...samplesOf(all),
  };
}
