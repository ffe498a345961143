import fc from "fast-check";

/**
 * A false statement in an image file. The framing and the checksums stay right, so that decoders read on.
 * A lie about one format does not change files of another. Indices wrap around.
 */
export type Lie =
  | { width: number; height: number }
  | { headerByte: number; to: number }
  | { jpegFrame: number; precision: number; components: number }
  | { jpegScans: number }
  | { exif: number[]; orientation: number; count: number; next: number }
  | { part: string; index: number; bytes: number[]; fill: number }
  | { drop: number }
  | { double: number; times: number }
  | { swap: number; with: number }
  | { within: number; at: number; to: number }
  | { pngPixels: number; value: number };

/** Number of bytes that a few kilobytes unpack to. */
export const BOMB = 20_000_000;

/** Sizes around the limits of formats, pixels and integers. */
const SIZES = [
  0,
  1,
  2,
  23,
  2450,
  16_383,
  16_384,
  65_500,
  65_535,
  65_536,
  0xff_ffff,
  2 ** 31 - 1,
  2 ** 32 - 1,
];

const side = fc.oneof(fc.constantFrom(...SIZES), fc.nat(3000));
const octets = fc.array(fc.nat(255), { maxLength: 40 });
const index = fc.nat(40);

/**
 * Names of parts: chunks of PNG and WebP, boxes of AVIF and HEIC, and segments of JPEG and extensions of GIF,
 * whose marker or label is the code of the first letter.
 */
const PARTS = [
  ...["ispe", "pixi", "colr", "irot", "imir", "clap", "auxC", "av1C", "hvcC", "iloc", "ipma"],
  ...["pitm", "iinf", "iref", "idat", "meta", "mdat", "\xf9", "\xff"],
  ...[
    "acTL",
    "fcTL",
    "fdAT",
    "iCCP",
    "zTXt",
    "iTXt",
    "tEXt",
    "tRNS",
    "gAMA",
    "cHRM",
    "sRGB",
    "PLTE",
  ],
  ...[
    "IHDR",
    "IDAT",
    "IEND",
    "eXIf",
    "pHYs",
    "sBIT",
    "CgBI",
    "VP8 ",
    "VP8L",
    "VP8X",
    "ALPH",
    "ANIM",
  ],
  ...[
    "ANMF",
    "ICCP",
    "EXIF",
    "XMP ",
    "\xe0",
    "\xe1",
    "\xe2",
    "\xee",
    "\xfe",
    "\xc4",
    "\xdb",
    "\xdd",
  ],
  ...["\xdc", "\xcc", "\xc0", "\xda", "\xd9", "\xd8"],
];

export const lie: fc.Arbitrary<Lie> = fc.oneof(
  fc.record({ width: side, height: side }),
  fc.record({ headerByte: fc.nat(24), to: fc.nat(255) }),
  fc.record({
    jpegFrame: fc.integer({ min: 0xc0, max: 0xcf }),
    precision: fc.constantFrom(8, 8, 12, 16, 0, 2),
    components: fc.constantFrom(1, 2, 3, 3, 4, 0, 255),
  }),
  fc.record({ jpegScans: fc.constantFrom(2, 5, 30, 400) }),
  fc.record({
    exif: octets,
    orientation: fc.oneof(fc.nat(10), fc.nat(65_535)),
    count: fc.constantFrom(1, 0, 2, 65_535),
    next: fc.constantFrom(0, 8, 0xffff_fff0),
  }),
  fc.record({
    part: fc.constantFrom(...PARTS),
    index,
    bytes: octets,
    fill: fc.constantFrom(0, 0, 0, 1000, 65_531, 300_000),
  }),
  fc.record({ drop: index }),
  fc.record({ double: index, times: fc.constantFrom(1, 2, 50) }),
  fc.record({ swap: index, with: index }),
  fc.record({ within: index, at: fc.nat(3000), to: fc.nat(255) }),
  fc.record({
    pngPixels: fc.oneof(fc.nat(10_000), fc.constantFrom(BOMB)),
    value: fc.nat(255),
  }),
);
