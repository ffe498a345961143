import { type ColourSpace, xyzMatrix } from "../../../oracles/colour.ts";
import { each } from "../../../oracles/numbers.ts";
import { joined } from "./files.ts";

const text = (value: string) => Buffer.from(value, "latin1");

const uint16 = (...values: number[]) => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16BE(value, 2 * i));
  return bytes;
};

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Numbers of 16 bits before the point and 16 behind it. */
const fixed = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeInt32BE(Math.round(value * 65_536), 4 * i));
  return bytes;
};

const tag = (type: string, ...data: Uint8Array[]) => joined(text(type), uint32(0), ...data);

/** Curves of an ICC profile (ICC.1:2022, 10.6 and 10.18). */
export const gammaCurve = (gamma: number) =>
  tag("curv", uint32(1), uint16(Math.round(gamma * 256)));
export const noCurve = () => tag("curv", uint32(0));
export const tableCurve = (light: (value: number) => number, count = 1024) =>
  tag(
    "curv",
    uint32(count),
    uint16(...each(count).map((i) => Math.round(light(i / (count - 1)) * 65_535))),
  );
export const functionCurve = (type: number, ...parameters: number[]) =>
  tag("para", uint16(type, 0), fixed(...parameters));

export const SRGB_FUNCTION = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];

/** An ICC profile; its tags follow one another as they are given. */
export function profileOf(
  tags: Record<string, Uint8Array>,
  { version = 4, kind = "mntr", colours = "RGB ", connection = "XYZ " } = {},
): Uint8Array {
  const names = Object.keys(tags);
  const table = 128 + 4 + 12 * names.length;
  let at = table;
  const entries = names.map((name) => {
    const entry = joined(text(name), uint32(at), uint32(tags[name].length));
    at += tags[name].length;
    return entry;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt8(version, 8);
  header.write(kind + colours + connection, 12, "latin1");
  header.write("acsp", 36, "latin1");
  header.set(fixed(0.9642, 1, 0.8249), 68);
  return joined(header, uint32(names.length), ...entries, ...Object.values(tags));
}

/** The tags of a profile by matrix and curves. */
export function matrixTags(space: ColourSpace, curve: Uint8Array): Record<string, Uint8Array> {
  const rows = xyzMatrix(space);
  const colour = (i: number) => tag("XYZ ", fixed(...rows.map((row) => row[i])));
  return {
    wtpt: tag("XYZ ", fixed(0.9642, 1, 0.8249)),
    rXYZ: colour(0),
    gXYZ: colour(1),
    bXYZ: colour(2),
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  };
}
