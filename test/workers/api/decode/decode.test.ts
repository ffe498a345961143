import { describe, expect, it } from "vitest";
import { decodeImage } from "../../../../workers/api/decode/decode.ts";
import { fixtures } from "../fixtures.ts";
import { bytesOf, hugePng, joinBytes, reframe, resize } from "./images.ts";

const FRAME = { width: 24, height: 16 };
const BUDGET = 20_000_000;
const decode = (bytes: Uint8Array, budget = BUDGET) => decodeImage(bytes, "image", FRAME, budget);

/** What decoding throws. */
function refusal(bytes: Uint8Array, budget = BUDGET): unknown {
  try {
    decode(bytes, budget);
  } catch (error) {
    return error;
  }
  return "nothing";
}

const RED = [220, 30, 40];
const GREEN = [30, 200, 60];
const BLUE = [40, 50, 210];
const YELLOW = [230, 220, 50];

const pixel = (pixels: Uint8Array, x: number, y: number) =>
  Array.from(pixels.subarray((y * 24 + x) * 3, (y * 24 + x) * 3 + 3));

/** The largest difference of a colour from the middle of its quarter. */
function error(pixels: Uint8Array, colours = [RED, GREEN, BLUE, YELLOW]): number {
  const middles = [
    pixel(pixels, 5, 3),
    pixel(pixels, 18, 3),
    pixel(pixels, 5, 12),
    pixel(pixels, 18, 12),
  ];
  const differences = middles.flatMap((middle, i) =>
    colours[i].map((value, channel) => Math.abs(value - middle[channel])),
  );
  return Math.max(...differences);
}

describe("what decodes", () => {
  it.each([
    ["jpeg", 4],
    ["jpegProgressive", 4],
    ["jpegOrientation6", 4],
    ["png", 0],
    ["pngPalette", 4],
    ["png16", 1],
    ["webp", 12],
    ["avif", 12],
    ["heic", 12],
  ] as const)("%s", (name, tolerance) => {
    const pixels = decode(bytesOf(fixtures[name]));
    expect(pixels).toHaveLength(24 * 16 * 3);
    expect(error(pixels)).toBeLessThanOrEqual(tolerance);
  });

  it("a grey JPEG, as RGB", () => {
    const pixels = decode(bytesOf(fixtures.jpegGrey));
    for (const x of [5, 18]) {
      const [r, g, b] = pixel(pixels, x, 3);
      expect([g, b]).toEqual([r, r]);
    }
  });

  it.each(["pngTransparent", "webpLossless"] as const)("%s, over white", (name) => {
    const WHITE = [255, 255, 255];
    expect(error(decode(bytesOf(fixtures[name])), [RED, WHITE, BLUE, WHITE])).toBe(0);
  });

  it("a CMYK JPEG", () => {
    // Inks without their profile are more colourful; inverted, they would be 160 off.
    expect(error(decode(bytesOf(fixtures.jpegCmyk)))).toBeLessThanOrEqual(90);
  });

  it("a PNG in Display P3, as sRGB where the manifest says so", () => {
    const bytes = bytesOf(fixtures.pngDisplayP3);
    const decoding = { oversampling: 1, colorSpace: "srgb" } as const;
    const converted = decodeImage(bytes, "image", { ...FRAME, decode: decoding }, BUDGET);
    expect(error(converted)).toBeLessThanOrEqual(2);
    expect(error(decode(bytes))).toBeGreaterThan(10);
  });

  it("the first frame of an animated WebP", () => {
    expect(error(decode(bytesOf(fixtures.webpAnimated)))).toBeLessThanOrEqual(20);
  });

  it("a JPEG with an empty segment before its end", () => {
    const comment = Uint8Array.of(0xff, 0xfe, 0x00, 0x02, 0xff, 0xd9);
    const bytes = joinBytes(bytesOf(fixtures.jpeg).subarray(0, -2), comment);
    expect(error(decode(bytes))).toBeLessThanOrEqual(4);
  });

  it("a JPEG with bytes after its end, fill bytes, and an end inside a segment", () => {
    const jpeg = bytesOf(fixtures.jpeg);
    const thumbnail = Uint8Array.of(0xff, 0xe1, 0x00, 0x08, 0xff, 0xd8, 0xff, 0xda, 0xff, 0xd9);
    const fill = Uint8Array.of(0xff, 0xff);
    const bytes = joinBytes(
      jpeg.subarray(0, 2),
      thumbnail,
      fill,
      jpeg.subarray(2),
      fill,
      thumbnail,
    );
    expect(error(decode(bytes))).toBeLessThanOrEqual(4);
  });
});

describe("what does not", () => {
  it.each([
    "jpeg",
    "jpegProgressive",
    "jpegOrientation6",
    "png",
    "png16",
    "webp",
    "webpLossless",
    "avif",
    "heic",
  ] as const)("%s cut off anywhere", (name) => {
    const bytes = bytesOf(fixtures[name]);
    // What is missing of a PNG at 0.95 is its end, which no pixel depends on.
    const parts = [0.15, 0.4, 0.6, 0.8, ...(name.startsWith("png") ? [] : [0.95])];
    for (const part of parts) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      expect(refusal(cut)).toMatchObject({ status: 422, param: "image" });
    }
  });

  it("a JPEG whose end is only in its thumbnail", () => {
    const jpeg = bytesOf(fixtures.jpeg);
    const thumbnail = Uint8Array.of(0xff, 0xe1, 0x00, 0x06, 0xff, 0xd8, 0xff, 0xd9);
    const cut = joinBytes(jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2, -10));
    expect(refusal(cut)).toMatchObject({
      status: 422,
      message: "image is a JPEG that does not decode: it is cut off",
    });
  });

  const jpeg = bytesOf(fixtures.jpeg);
  it.each([
    [
      "a lossless JPEG",
      reframe(jpeg, { marker: 0xc3 }),
      "JPEG",
      "it is lossless, which is not supported",
    ],
    [
      "a hierarchical JPEG",
      reframe(jpeg, { marker: 0xc5 }),
      "JPEG",
      "it is hierarchical, which is not supported",
    ],
    [
      "an arithmetic-coded JPEG",
      reframe(jpeg, { marker: 0xc9 }),
      "JPEG",
      "it is arithmetic-coded, which is not supported",
    ],
    [
      "an arithmetic-coded progressive JPEG",
      reframe(jpeg, { marker: 0xca }),
      "JPEG",
      "it is arithmetic-coded, which is not supported",
    ],
    [
      "a JPEG of 12 bits",
      reframe(jpeg, { marker: 0xc1, precision: 12 }),
      "JPEG",
      "it is of 12 bits a channel, which is not supported",
    ],
    [
      "a JPEG of two channels",
      reframe(jpeg, { channels: 2 }),
      "JPEG",
      "it is of 2 channels, which is not supported",
    ],
    ["a JPEG without rows", reframe(jpeg, { height: 0 }), "JPEG", "its header says 24x0 pixels"],
    [
      "a PNG without columns",
      resize(bytesOf(fixtures.png), 0, 9),
      "PNG",
      "its header says 0x9 pixels",
    ],
    ["a PNG of a signature", bytesOf(fixtures.png).subarray(0, 8), "PNG", "it has no header"],
    [
      "a WebP of a signature",
      bytesOf(fixtures.webp).subarray(0, 12),
      "WebP",
      "it holds no picture",
    ],
  ])("%s, by its header", (_, bytes, format, problem) => {
    expect(refusal(bytes)).toMatchObject({
      status: 422,
      code: "undecodable_image",
      message: `image is a ${format} that does not decode: ${problem}`,
    });
  });

  it("a JPEG of more scans than any encoder writes", () => {
    const progressive = bytesOf(fixtures.jpegProgressive);
    const scan = progressive.findIndex((byte, i) => byte === 0xff && progressive[i + 1] === 0xda);
    const scans = progressive.subarray(scan, -2);
    const head = progressive.subarray(0, scan);
    const written = progressive.filter(
      (byte, i) => byte === 0xda && progressive[i - 1] === 0xff,
    ).length;
    const repeated = (times: number) =>
      joinBytes(head, ...Array<Uint8Array>(times).fill(scans), Uint8Array.of(0xff, 0xd9));
    const most = Math.floor(40 / written);
    decode(repeated(most));
    expect(refusal(repeated(most + 1))).toMatchObject({
      status: 422,
      message: "image is a JPEG that does not decode: it has more than 40 scans",
    });
  });

  it("a side longer than a JPEG's can be", () => {
    const long = resize(bytesOf(fixtures.png), 1, 65_536);
    expect(refusal(long)).toMatchObject({
      status: 413,
      code: "image_too_large",
      message: "image has 1x65536 pixels; the limit of a side is 65535",
    });
  });

  it("bytes that are no image", () => {
    for (const text of ["", "<p>", "hello"]) {
      expect(refusal(new TextEncoder().encode(text))).toMatchObject({
        status: 422,
        code: "not_an_image",
      });
    }
  });

  it("more pixels than are decoded in good time, by the header alone", () => {
    expect(refusal(hugePng())).toMatchObject({
      status: 413,
      code: "image_too_large",
      message: "image has 12000x12000 = 144000000 pixels; the limit is 64000000",
    });
  });

  it.each([
    ["jpeg", "JPEG"],
    ["jpegProgressive", "JPEG"],
    ["png", "PNG"],
    ["webp", "WebP"],
    ["webpLossless", "WebP"],
  ] as const)("a %s that would take more memory than allowed", (name, kind) => {
    expect(refusal(bytesOf(fixtures[name]), 100)).toMatchObject({
      status: 413,
      code: "image_too_large",
      message: `image is a ${kind} of 24x16 = 384 pixels, which takes 1 MiB to decode; the limit is 1 MiB`,
    });
  });

  it("leaves the codecs in order", () => {
    for (const name of ["jpeg", "png", "webp", "avif", "heic"] as const) {
      const bytes = bytesOf(fixtures[name]);
      const damaged = bytes.map((byte, i) => (i > 20 && i % 7 === 0 ? ~byte : byte));
      refusal(damaged);
      expect(error(decode(bytes))).toBeLessThanOrEqual(12);
    }
  });
});
