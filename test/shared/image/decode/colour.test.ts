import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openReader } from "../../../../trainer/data/decode/reader.ts";
import { type ColourSpace, naiveSrgb, SPACES } from "../../../oracles/colour.ts";
import { each, numbers } from "../../../oracles/numbers.ts";
import { findMarker, joined, picture, pngChunk, withChunks, worst } from "./files.ts";
import {
  functionCurve,
  gammaCurve,
  matrixTags,
  noCurve,
  profileOf,
  SRGB_FUNCTION,
  tableCurve,
} from "./profiles.ts";

const reader = openReader();
/** 16 colours of each channel. */
const LEVELS = Uint8Array.from(
  each(16 ** 3).flatMap((i) => [i >> 8, (i >> 4) & 15, i & 15].map((step) => step * 17)),
);
const SIDE = 64;
const FRAME = { width: SIDE, height: SIDE };
const stored = (file: Uint8Array, frame = FRAME) => reader.read(file, frame);
const converted = (file: Uint8Array, frame = FRAME) =>
  reader.read(file, { ...frame, decode: { oversampling: 1, colorSpace: "srgb" } });

const lattice = await sharp(LEVELS, { raw: { ...FRAME, channels: 3 } })
  .png()
  .toBuffer();

const iccp = (profile: Uint8Array) => pngChunk("iCCP", joined([0x41, 0, 0], deflateSync(profile)));
const pngOf = (profile: Uint8Array) => withChunks(lattice, iccp(profile));

/** What rounding to a level costs, and the 16 bits of a profile's numbers. */
const ROUNDING = 0.6;
const P3_FILE = join(mkdtempSync(join(tmpdir(), "colour-")), "p3.icc");
const P3 = profileOf(matrixTags(SPACES.displayP3, functionCurve(3, ...SRGB_FUNCTION)));

beforeAll(() => {
  writeFileSync(P3_FILE, P3);
});
afterAll(() => {
  rmSync(dirname(P3_FILE), { recursive: true });
});

describe("converts by matrix and curves as the standards compute it", () => {
  const { displayP3, adobeRgb, proPhoto, rec2020 } = SPACES;
  const square = (value: number) => value ** 2;
  it.each<[string, ColourSpace, Uint8Array]>([
    ["Display P3", displayP3, functionCurve(3, ...SRGB_FUNCTION)],
    ["Adobe RGB (1998)", adobeRgb, gammaCurve(563 / 256)],
    ["ProPhoto RGB", proPhoto, functionCurve(3, 1.8, 1, 0, 1 / 16, 16 / 512)],
    ["Rec. 2020", rec2020, functionCurve(3, 1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)],
    ["a table", rec2020, tableCurve(rec2020.light, 4096)],
    ["a short table", { ...adobeRgb, light: (v) => v }, tableCurve((v) => v, 2)],
    ["no curve", { ...adobeRgb, light: (v) => v }, noCurve()],
    ["function 0", { ...displayP3, light: square }, functionCurve(0, 2)],
    [
      "function 1",
      { ...displayP3, light: (v) => Math.max(0, 1.25 * v - 0.25) ** 2 },
      functionCurve(1, 2, 1.25, -0.25),
    ],
    [
      "function 2",
      { ...displayP3, light: (v) => Math.max(0, v - 0.125) ** 2 + 0.125 },
      functionCurve(2, 2, 1, -0.125, 0.125),
    ],
    [
      "function 4",
      { ...displayP3, light: (v) => (v >= 0.25 ? 0.75 * v ** 2 + 0.125 : 0.25 * v + 0.0625) },
      functionCurve(4, 2, Math.sqrt(0.75), 0, 0.25, 0.25, 0.125, 0.0625),
    ],
  ])("%s", (_, space, curve) => {
    const pixels = converted(pngOf(profileOf(matrixTags(space, curve))));
    const expected = naiveSrgb(space, LEVELS);
    const errors = expected.map((value, i) => Math.abs(value - pixels[i]));
    expect(Math.max(...errors)).toBeLessThan(ROUNDING);
  });

  it.each([2, 4])("a profile of version %i", (version) => {
    const tags = matrixTags(SPACES.adobeRgb, gammaCurve(563 / 256));
    const pixels = converted(pngOf(profileOf(tags, { version })));
    expect(pixels).toEqual(converted(pngOf(profileOf(tags))));
    expect(worst(pixels, LEVELS)).toBeGreaterThan(20);
  });

  it("as libvips does", async () => {
    for (const space of [SPACES.displayP3, SPACES.adobeRgb, SPACES.rec2020]) {
      const file = pngOf(profileOf(matrixTags(space, tableCurve(space.light))));
      const expected = await sharp(file).toColourspace("srgb").raw().toBuffer();
      expect(worst(converted(file), expected)).toBeLessThanOrEqual(2);
    }
  });
});

describe("converts nothing", () => {
  it("where the manifest does not ask for it", () => {
    expect(stored(pngOf(P3))).toEqual(LEVELS);
    expect(reader.read(pngOf(P3), { ...FRAME, decode: { oversampling: 1 } })).toEqual(LEVELS);
  });

  it("where the profile is sRGB but for its rounding", () => {
    for (const curve of [functionCurve(3, ...SRGB_FUNCTION), tableCurve(SPACES.srgb.light)]) {
      expect(converted(pngOf(profileOf(matrixTags(SPACES.srgb, curve))))).toEqual(LEVELS);
    }
  });

  const tags = matrixTags(SPACES.displayP3, functionCurve(3, ...SRGB_FUNCTION));
  const without = (name: string) =>
    Object.fromEntries(Object.entries(tags).filter(([other]) => other !== name));
  const edited = (at: number, ...bytes: number[]) => {
    const profile = Buffer.from(P3);
    profile.set(bytes, at);
    return profile;
  };
  const entryOf = (name: string) => Buffer.from(P3).indexOf(name, 128, "latin1");
  it.each([
    ["of inks", profileOf(tags, { colours: "CMYK" })],
    ["of greys", profileOf(tags, { colours: "GRAY" })],
    ["of a printer", profileOf(tags, { kind: "prtr" })],
    ["of a link", profileOf(tags, { kind: "link" })],
    ["by tables to Lab", profileOf({ A2B0: new Uint8Array(64) }, { connection: "Lab " })],
    ["by tables to XYZ", profileOf({ A2B0: new Uint8Array(64) })],
    ["without its mark", edited(36, 0)],
    ["without a colour", profileOf(without("gXYZ"))],
    ["without a curve", profileOf(without("bTRC"))],
    ["with a tag behind its end", edited(entryOf("rXYZ") + 4, 0xff)],
    ["with a tag of no bytes", edited(entryOf("rTRC") + 8, 0, 0, 0, 0)],
    ["with a colour of another type", profileOf({ ...tags, rXYZ: tags.rTRC })],
    ["with a curve of another type", profileOf({ ...tags, rTRC: tags.rXYZ })],
    ["with an unknown function", profileOf({ ...tags, rTRC: functionCurve(5, ...SRGB_FUNCTION) })],
    ["with a function cut off", profileOf({ ...tags, rTRC: functionCurve(3, 2.4, 1) })],
    ["with a table too long", profileOf({ ...tags, rTRC: tableCurve((v) => v, 4097) })],
    ["with a table cut off", profileOf({ ...tags, rTRC: tableCurve((v) => v).subarray(0, 99) })],
    ["with a falling curve", profileOf({ ...tags, rTRC: tableCurve((v) => 1 - v) })],
    ["with a flat curve", profileOf({ ...tags, rTRC: gammaCurve(0) })],
    ["of another white", profileOf({ ...tags, bXYZ: tags.gXYZ })],
    ["cut off", P3.subarray(0, -40)],
    ["of no bytes", new Uint8Array()],
    ["of a MiB and more", profileOf({ ...tags, text: new Uint8Array(2 ** 20) })],
  ])("where a profile is %s", (_, profile) => {
    expect(converted(pngOf(profile))).toEqual(LEVELS);
  });

  it("where a PNG's profile is damaged, or no more than its start is there", () => {
    const data = iccp(P3).subarray(8, -4);
    const chunks = [data.subarray(0, 40), data.subarray(2), joined([0x41, 0, 0], P3), []];
    for (const chunk of chunks) {
      expect(converted(withChunks(lattice, pngChunk("iCCP", chunk)))).toEqual(LEVELS);
    }
  });

  it("of any profile with wrong bytes it makes pixels", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const edits = fc.array(fc.tuple(fc.nat(P3.length - 1), byte), { maxLength: 20 });
    const property = fc.property(edits, (changes) => {
      const profile = P3.slice();
      for (const [at, value] of changes) profile[at] = value;
      expect(converted(pngOf(profile))).toHaveLength(LEVELS.length);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe("finds the profile", () => {
  const large = profileOf({
    text: new Uint8Array(150_000),
    ...matrixTags(SPACES.displayP3, functionCurve(3, ...SRGB_FUNCTION)),
  });
  const frame = { width: 61, height: 47 };
  const naive = (pixels: Uint8Array) => naiveSrgb(SPACES.displayP3, pixels).map(Math.round);
  const expectP3 = (file: Uint8Array) => {
    const before = stored(file, frame);
    const after = converted(file, frame);
    expect(worst(after, Uint8Array.from(naive(before)))).toBeLessThanOrEqual(1);
    expect(worst(after, before)).toBeGreaterThan(10);
  };

  it.each(["jpeg", "png", "webp", "avif"] as const)("of a %s", async (format) => {
    const options = { webp: { lossless: true }, avif: { effort: 0 }, jpeg: {}, png: {} }[format];
    expectP3(await picture().withIccProfile(P3_FILE).toFormat(format, options).toBuffer());
  });

  it("of an interlaced PNG and a progressive JPEG", async () => {
    const p3 = () => picture().withIccProfile(P3_FILE);
    expectP3(await p3().png({ progressive: true }).toBuffer());
    expectP3(await p3().jpeg({ progressive: true }).toBuffer());
  });

  it("of a PNG, without inflating what follows it", () => {
    const more = numbers(50_000, 1).map((value) => value * 128);
    const chunk = iccp(joined(P3, new Uint8Array(Int8Array.from(more).buffer))).subarray(8, -4);
    const damaged = Buffer.from(chunk);
    damaged.fill(0, damaged.length / 2);
    const file = withChunks(lattice, pngChunk("iCCP", damaged));
    expect(converted(file)).toEqual(converted(pngOf(P3)));
  });

  /** A JPEG with a profile in chunks of these numbers. */
  async function chunked(numbers: number[], count: number): Promise<Uint8Array> {
    const size = Math.ceil(large.length / 3);
    const segments = numbers.map((number) => {
      const part = large.subarray((number - 1) * size, number * size);
      const body = joined(Buffer.from("ICC_PROFILE\0", "latin1"), [number, count], part);
      return joined([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255], body);
    });
    const jpeg = await picture().jpeg().toBuffer();
    const at = findMarker(jpeg, 0xdb);
    return joined(jpeg.subarray(0, at), ...segments, jpeg.subarray(at));
  }

  it("of a JPEG in several segments, in any order", async () => {
    expectP3(await chunked([1, 2, 3], 3));
    expectP3(await chunked([3, 1, 2], 3));
  });

  it.each([
    ["one is missing", [1, 3], 3],
    ["one comes twice", [1, 2, 2], 3],
    ["their count is wrong", [1, 2, 3], 4],
  ])("not of a JPEG of which %s", async (_, numbers, count) => {
    const jpeg = await chunked(numbers, count);
    expect(converted(jpeg, frame)).toEqual(stored(jpeg, frame));
  });
});

describe("reads code points", () => {
  const expected = (space: ColourSpace) => {
    const pixels = naiveSrgb({ ...space, light: SPACES.srgb.light }, LEVELS);
    return Uint8Array.from(pixels.map(Math.round));
  };
  const png = (primaries: number, transfer: number) =>
    withChunks(lattice, iccp(P3), pngChunk("cICP", [primaries, transfer, 0, 1]));

  it.each([
    ["Display P3", 12, 13, SPACES.displayP3],
    ["BT.2020 with a camera's curve", 9, 1, SPACES.rec2020],
  ])("of %s in a PNG, before its profile", (_, primaries, transfer, space) => {
    expect(worst(converted(png(primaries, transfer)), expected(space))).toBeLessThanOrEqual(1);
  });

  it.each([
    ["sRGB", 1, 13],
    ["HDR", 9, 16],
    ["nothing", 2, 2],
  ])("of %s, for which nothing is converted", (_, primaries, transfer) => {
    expect(converted(png(primaries, transfer))).toEqual(LEVELS);
  });

  it("of an AVIF", async () => {
    const file = await picture().withIccProfile(P3_FILE).avif({ effort: 0 }).toBuffer();
    const at = file.indexOf("colrrICC", 0, "latin1") + 4;
    const frame = { width: 61, height: 47 };
    file.write("nclx", at, "latin1");
    file.set([0, 12, 0, 13, 0, 6, 0x80], at + 4);
    const before = stored(file, frame);
    const naive = naiveSrgb(SPACES.displayP3, before).map(Math.round);
    expect(worst(converted(file, frame), Uint8Array.from(naive))).toBeLessThanOrEqual(1);
    file.writeUInt16BE(1, at + 4);
    expect(converted(file, frame)).toEqual(stored(file, frame));
  });
});
