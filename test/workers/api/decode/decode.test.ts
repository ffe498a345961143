import { describe, expect, it } from "vitest";
import type { Bitmap } from "../../../../shared/image.ts";
import { decodeImage } from "../../../../workers/api/decode/decode.ts";
import { fixtures } from "../fixtures.ts";
import { bytesOf, hugePng, joinBytes, reframe, resize } from "./images.ts";

const copy = ({ width, height, data }: Bitmap): Bitmap => ({ width, height, data: data.slice() });
const decode = (bytes: Uint8Array) => decodeImage(bytes, "image", 10_000, copy);

const RED = [220, 30, 40];
const GREEN = [30, 200, 60];
const BLUE = [40, 50, 210];
const YELLOW = [230, 220, 50];

const pixel = ({ data, width }: Bitmap, x: number, y: number) =>
  Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));

/** The largest difference of a colour from the middle of its quarter. */
function error(bitmap: Bitmap, colours = [RED, GREEN, BLUE, YELLOW]): number {
  const middles = [
    pixel(bitmap, 5, 3),
    pixel(bitmap, 18, 3),
    pixel(bitmap, 5, 12),
    pixel(bitmap, 18, 12),
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
    ["pngTransparent", 0],
    ["pngPalette", 4],
    ["png16", 1],
    ["webp", 12],
    ["webpLossless", 0],
  ] as const)("%s", async (name, tolerance) => {
    const bitmap = await decode(bytesOf(fixtures[name]));
    expect([bitmap.width, bitmap.height, bitmap.data.length]).toEqual([24, 16, 24 * 16 * 4]);
    expect(error(bitmap)).toBeLessThanOrEqual(tolerance);
  });

  it("a grey JPEG, as RGB", async () => {
    const bitmap = await decode(bytesOf(fixtures.jpegGrey));
    for (const x of [5, 18]) {
      const [r, g, b, a] = pixel(bitmap, x, 3);
      expect([g, b, a]).toEqual([r, r, 255]);
    }
  });

  it.each(["pngTransparent", "webpLossless"] as const)("the alpha of %s", async (name) => {
    const bitmap = await decode(bytesOf(fixtures[name]));
    expect([pixel(bitmap, 5, 3)[3], pixel(bitmap, 18, 3)[3]]).toEqual([255, 0]);
  });

  it("a JPEG with an empty segment before its end", async () => {
    const comment = Uint8Array.of(0xff, 0xfe, 0x00, 0x02, 0xff, 0xd9);
    const bytes = joinBytes(bytesOf(fixtures.jpeg).subarray(0, -2), comment);
    expect(error(await decode(bytes))).toBeLessThanOrEqual(4);
  });

  it("a JPEG with bytes after its end, fill bytes, and an end inside a segment", async () => {
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
    expect(error(await decode(bytes))).toBeLessThanOrEqual(4);
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
  ] as const)("%s cut off anywhere", async (name) => {
    const bytes = bytesOf(fixtures[name]);
    for (const part of [0.15, 0.4, 0.6, 0.8, 0.95]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      await expect(decode(cut)).rejects.toMatchObject({ status: 422, param: "image" });
    }
  });

  it("a JPEG whose end is only in its thumbnail", async () => {
    const jpeg = bytesOf(fixtures.jpeg);
    const thumbnail = Uint8Array.of(0xff, 0xe1, 0x00, 0x06, 0xff, 0xd8, 0xff, 0xd9);
    const cut = joinBytes(jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2, -10));
    await expect(decode(cut)).rejects.toMatchObject({
      status: 422,
      message: "image is a JPEG that does not decode: the JPEG is cut off",
    });
  });

  const jpeg = bytesOf(fixtures.jpeg);
  it.each([
    [
      "a CMYK JPEG",
      bytesOf(fixtures.jpegCmyk),
      "JPEG",
      "it is CMYK or YCCK, which is not supported",
    ],
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
    ["a PNG of a signature", bytesOf(fixtures.png).subarray(0, 8), "PNG", "the PNG has no header"],
    [
      "an animated WebP",
      bytesOf(fixtures.webpAnimated),
      "WebP",
      "it is animated, which is not supported",
    ],
    [
      "a WebP of a signature",
      bytesOf(fixtures.webp).subarray(0, 12),
      "WebP",
      "the WebP is cut off",
    ],
  ])("%s, by its header", async (_, bytes, format, problem) => {
    await expect(decode(bytes)).rejects.toMatchObject({
      status: 422,
      code: "undecodable_image",
      message: `image is a ${format} that does not decode: ${problem}`,
    });
  });

  it("a JPEG of more scans than any encoder writes", async () => {
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
    await decode(repeated(most));
    await expect(decode(repeated(most + 1))).rejects.toMatchObject({
      status: 422,
      message: "image is a JPEG that does not decode: it has more than 40 scans",
    });
  });

  it("a side longer than a JPEG's can be", async () => {
    await expect(decode(resize(bytesOf(fixtures.png), 65_535, 1))).rejects.toMatchObject({
      message: "image has 65535x1 = 65535 pixels; the limit is 10000",
    });
    const long = resize(bytesOf(fixtures.png), 1, 65_536);
    await expect(decode(long)).rejects.toMatchObject({
      status: 413,
      code: "image_too_large",
      message: "image has 1x65536 pixels; the limit of a side is 65535",
    });
  });

  it("bytes that are no image", async () => {
    for (const text of ["", "GIF89a", "<svg/>", "hello"]) {
      await expect(decode(new TextEncoder().encode(text))).rejects.toMatchObject({
        status: 422,
        code: "not_an_image",
      });
    }
  });

  it("more pixels than allowed, by the header alone", async () => {
    await expect(decode(hugePng())).rejects.toMatchObject({
      status: 413,
      code: "image_too_large",
      message: "image has 12000x12000 = 144000000 pixels; the limit is 10000",
    });
    for (const name of ["jpeg", "jpegProgressive", "png", "webp", "webpLossless"] as const) {
      await expect(
        decodeImage(bytesOf(fixtures[name]), "image", 24 * 16 - 1, copy),
      ).rejects.toMatchObject({
        status: 413,
        message: "image has 24x16 = 384 pixels; the limit is 383",
      });
    }
  });

  it("leaves the codecs in order", async () => {
    for (const name of ["jpeg", "png", "webp"] as const) {
      const bytes = bytesOf(fixtures[name]);
      const damaged = bytes.map((byte, i) => (i > 20 && i % 7 === 0 ? ~byte : byte));
      await decode(damaged).catch(() => undefined);
      expect(error(await decode(bytes))).toBeLessThanOrEqual(12);
    }
  });
});
