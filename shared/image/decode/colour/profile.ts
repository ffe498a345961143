import { readCurve } from "./curve.ts";
import type { RgbSpace, Row } from "./space.ts";

/** Of a larger profile nothing is read: those with a matrix take a few kilobytes. */
export const MAX_PROFILE_BYTES = 2 ** 20;

/** Bytes of a profile's header, and of an entry of the table of tags behind it. */
const HEADER = 128;
const ENTRY = 12;
const MAX_TAGS = 256;

/** Input devices, displays and colour spaces (ICC.1:2022, table 18). */
const CLASSES = ["scnr", "mntr", "spac"];

/** XYZ of the white of all profiles, and how far red, green and blue together may be from it. */
const D50 = [0.9642, 1, 0.8249];
const TOLERANCE = 0.04;

const textAt = (bytes: Uint8Array, at: number) =>
  String.fromCharCode(...bytes.subarray(at, at + 4));

const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Tags that lie within the profile (ICC.1:2022, 7.3). */
function readTags(profile: Uint8Array): Map<string, Uint8Array> {
  const view = viewOf(profile);
  const count = view.getUint32(HEADER);
  const tags = new Map<string, Uint8Array>();
  for (let i = 0; i < Math.min(count, MAX_TAGS); i++) {
    const entry = HEADER + 4 + i * ENTRY;
    if (entry + ENTRY > profile.length) break;
    const start = view.getUint32(entry + 4);
    const end = start + view.getUint32(entry + 8);
    if (end <= profile.length) tags.set(textAt(profile, entry), profile.subarray(start, end));
  }
  return tags;
}

/** A tag of type XYZ (ICC.1:2022, 10.31). */
function readXyz(tag: Uint8Array): Row | null {
  if (tag.length < 20 || textAt(tag, 0) !== "XYZ ") return null;
  const view = viewOf(tag);
  const number = (i: number) => view.getInt32(8 + 4 * i) / 65_536;
  return [number(0), number(1), number(2)];
}

/**
 * Reads an ICC profile, of version 2 or 4, that describes RGB by a matrix and three curves (ICC.1:2022, 8.3.3
 * and 8.4.3).
 *
 * @returns null where it is of another kind, damaged, or has another white than profiles must have: such
 *   profiles are ignored, as browsers do
 */
export function readProfile(profile: Uint8Array): RgbSpace | null {
  if (profile.length < HEADER + 4 || profile.length > MAX_PROFILE_BYTES) return null;
  if (!CLASSES.includes(textAt(profile, 12))) return null;
  if (textAt(profile, 16) !== "RGB " || textAt(profile, 20) !== "XYZ ") return null;
  if (textAt(profile, 36) !== "acsp") return null;
  const tags = readTags(profile);
  const read = <T>(name: string, parse: (tag: Uint8Array) => T | null): T | null => {
    const tag = tags.get(name);
    return tag ? parse(tag) : null;
  };
  const [red, green, blue] = [read("rXYZ", readXyz), read("gXYZ", readXyz), read("bXYZ", readXyz)];
  const [r, g, b] = [read("rTRC", readCurve), read("gTRC", readCurve), read("bTRC", readCurve)];
  if (!red || !green || !blue || !r || !g || !b) return null;
  const row = (i: 0 | 1 | 2): Row => [red[i], green[i], blue[i]];
  const toXyz = [row(0), row(1), row(2)] as const;
  const isWhite = toXyz.every(([x, y, z], i) => Math.abs(x + y + z - D50[i]!) <= TOLERANCE);
  return isWhite ? { curves: [r, g, b], toXyz } : null;
}
