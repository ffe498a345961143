import { deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { seededRandom } from "../../../trainer/random.ts";
import { drawHeics } from "./heic.ts";
import { isSof, readJpeg, writeJpeg } from "./formats/jpeg.ts";
import { readPng, writePng } from "./formats/png.ts";

/** An image file to start from. */
export interface Sample {
  bytes: Buffer;
  /** Matches the Worker's refusal. Undefined if the Worker answers with the embedding. */
  refusal?: RegExp;
}

const WIDTH = 44;
const HEIGHT = 30;

/** Two gradients and noise. */
function pixels(width: number, height: number): Sharp {
  const random = seededRandom(width, height);
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = (200 * x) / width + 40 * random();
      data[at++] = (200 * y) / height + 40 * random();
      data[at++] = 90 + 40 * random();
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const small = () => pixels(WIDTH, HEIGHT);

/** As large as the Worker allows, and quick to make. */
const large = () =>
  sharp({
    create: { width: 2448, height: 2448, channels: 3, background: { r: 90, g: 130, b: 60 } },
  });

/** The small image with its right half transparent. */
const transparent = () =>
  small().joinChannel(
    Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 20 ? 255 : 0))),
    { raw: { width: WIDTH, height: HEIGHT, channels: 1 } },
  );

/** 16 bits a channel, all of them in use. */
async function deep(): Promise<Sharp> {
  const data = await small().raw().toBuffer();
  const values = Uint16Array.from(data, (value, i) => value * 256 + ((i * 97) % 256));
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  return sharp(values, { raw }).toColourspace("rgb16");
}

/** As large as a phone's photo is for a network: a JPEG is then decoded at an eighth of its size. */
const photo = () => pixels(640, 480);

/** Changes a JPEG's frame header, because sharp does not encode such files. */
function reframe(jpeg: Buffer, marker: number, precision: number): Buffer {
  const segments = readJpeg(jpeg).map((segment) => {
    if (!isSof(segment.marker)) return segment;
    return {
      ...segment,
      marker,
      data: Buffer.concat([Buffer.of(precision), segment.data.subarray(1)]),
    };
  });
  return writeJpeg(segments);
}

/** Marks a CMYK file as YCCK, by Adobe's transform 2. */
function toYcck(cmyk: Buffer): Buffer {
  const adobe = Buffer.from("Adobe\0\x64\0\0\0\0\x02", "latin1");
  const others = readJpeg(cmyk).filter(({ marker }) => marker !== 0xee);
  return writeJpeg([{ marker: 0xee, data: adobe, coded: Buffer.alloc(0) }, ...others]);
}

/** Repeats the scans of a progressive JPEG. */
function repeatScans(jpeg: Buffer, times: number): Buffer {
  const segments = readJpeg(jpeg);
  const first = segments.findIndex(({ marker }) => isSof(marker)) + 1;
  const head = segments.slice(0, first);
  const scans = segments.slice(first);
  return writeJpeg([...head, ...Array.from({ length: times }, () => scans).flat()]);
}

/** A PNG of two frames. Decoders that know no animations show the first. */
function animate(png: Buffer): Buffer {
  const chunks = readPng(png);
  const control = (sequence: number) => {
    const data = Buffer.alloc(26);
    [sequence, WIDTH, HEIGHT].forEach((value, i) => data.writeUInt32BE(value, 4 * i));
    return { type: "fcTL", data };
  };
  const at = chunks.findIndex(({ type }) => type === "IDAT");
  const pixels = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const second = { type: "fdAT", data: Buffer.concat([Buffer.of(0, 0, 0, 2), ...pixels]) };
  return writePng([
    ...chunks.slice(0, at),
    { type: "acTL", data: Buffer.of(0, 0, 0, 2, 0, 0, 0, 0) },
    control(0),
    ...chunks.slice(at, -1),
    control(1),
    second,
    ...chunks.slice(-1),
  ]);
}

/** A PNG with a compressed chunk that unpacks to 60 MB. */
function inflating(png: Buffer, type: "iCCP" | "zTXt"): Buffer {
  const [header, ...others] = readPng(png);
  if (!header) throw new Error("the sample is no PNG");
  const packed = deflateSync(Buffer.alloc(60_000_000), { level: 9 });
  return writePng([
    header,
    { type, data: Buffer.concat([Buffer.from("a\0\0"), packed]) },
    ...others,
  ]);
}

/** Image files of every kind that cameras, browsers and attackers write. They are the same at every run. */
export async function drawSamples(): Promise<Map<string, Sample>> {
  const jpeg = await small().jpeg().toBuffer();
  const progressive = await small().jpeg({ progressive: true }).toBuffer();
  const cmyk = await small().toColourspace("cmyk").jpeg().toBuffer();
  const png = await small().png().toBuffer();
  const webp = (sharp: Sharp) => sharp.webp().toBuffer();
  const avif = (sharp: Sharp) => sharp.avif({ effort: 0 }).toBuffer();
  const frames = await Promise.all([small(), small().negate()].map((it) => it.png().toBuffer()));
  const turned = small().withMetadata({ orientation: 6 });
  const all: Record<string, Sample> = {
    JPEG: { bytes: jpeg },
    "JPEG 4:4:4": { bytes: await small().jpeg({ chromaSubsampling: "4:4:4" }).toBuffer() },
    "JPEG progressive": { bytes: progressive },
    "JPEG optimised": { bytes: await small().jpeg({ mozjpeg: true }).toBuffer() },
    "JPEG grey": { bytes: await small().greyscale().jpeg().toBuffer() },
    "JPEG turned": { bytes: await turned.clone().jpeg().toBuffer() },
    "JPEG with a profile": { bytes: await small().withIccProfile("p3").jpeg().toBuffer() },
    "JPEG of a pixel": { bytes: await pixels(1, 1).jpeg().toBuffer() },
    "JPEG CMYK": { bytes: cmyk },
    "JPEG YCCK": { bytes: toYcck(cmyk) },
    "JPEG 12-bit": { bytes: reframe(jpeg, 0xc1, 12), refusal: /12 bits/ },
    "JPEG lossless": { bytes: reframe(jpeg, 0xc3, 8), refusal: /lossless/ },
    "JPEG arithmetic": { bytes: reframe(jpeg, 0xc9, 8), refusal: /arithmetic/ },
    "JPEG of many scans": { bytes: repeatScans(progressive, 20), refusal: /scans/ },
    "JPEG photo": { bytes: await photo().jpeg().toBuffer() },
    "JPEG photo 4:4:4": { bytes: await photo().jpeg({ chromaSubsampling: "4:4:4" }).toBuffer() },
    "JPEG photo progressive": { bytes: await photo().jpeg({ progressive: true }).toBuffer() },
    "JPEG photo optimised": { bytes: await photo().jpeg({ mozjpeg: true }).toBuffer() },
    "JPEG photo grey": { bytes: await photo().greyscale().jpeg().toBuffer() },
    PNG: { bytes: png },
    "PNG transparent": { bytes: await transparent().png().toBuffer() },
    "PNG palette": { bytes: await small().png({ palette: true }).toBuffer() },
    "PNG two colours": { bytes: await small().png({ palette: true, colours: 2 }).toBuffer() },
    "PNG grey": { bytes: await small().greyscale().png().toBuffer() },
    "PNG grey transparent": { bytes: await transparent().greyscale().png().toBuffer() },
    "PNG 16-bit": { bytes: await (await deep()).png().toBuffer() },
    "PNG interlaced": { bytes: await small().png({ progressive: true }).toBuffer() },
    "PNG animated": { bytes: animate(png) },
    "PNG interlaced palette": {
      bytes: await small().png({ palette: true, colours: 16, progressive: true }).toBuffer(),
    },
    "PNG with a profile": { bytes: await small().withIccProfile("p3").png().toBuffer() },
    "PNG of a pixel": { bytes: await pixels(1, 1).png().toBuffer() },
    "PNG inflating profile": { bytes: inflating(png, "iCCP") },
    "PNG inflating text": { bytes: inflating(png, "zTXt") },
    WebP: { bytes: await webp(small()) },
    "WebP lossless": { bytes: await small().webp({ lossless: true }).toBuffer() },
    "WebP transparent": { bytes: await webp(transparent()) },
    "WebP turned": { bytes: await webp(turned.clone()) },
    "WebP with a profile": { bytes: await small().withIccProfile("p3").webp().toBuffer() },
    "WebP of a pixel": { bytes: await webp(pixels(1, 1)) },
    "WebP animated": { bytes: await webp(sharp(frames, { join: { animated: true } })) },
    GIF: { bytes: await small().gif().toBuffer() },
    "GIF interlaced": { bytes: await small().gif({ progressive: true }).toBuffer() },
    "GIF transparent": { bytes: await transparent().gif().toBuffer() },
    "GIF animated": {
      bytes: await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    },
    TIFF: { bytes: await small().tiff().toBuffer(), refusal: /is a TIFF/ },
    AVIF: { bytes: await avif(small()) },
    "AVIF 4:2:0": {
      bytes: await small().avif({ effort: 0, chromaSubsampling: "4:2:0" }).toBuffer(),
    },
    "AVIF 10-bit": { bytes: await small().avif({ effort: 0, bitdepth: 10 }).toBuffer() },
    "AVIF transparent": { bytes: await avif(transparent()) },
    "AVIF turned": { bytes: await avif(turned.clone()) },
    "AVIF with a profile": { bytes: await avif(small().withIccProfile("p3")) },
    ...drawHeics(),
    SVG: { bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), refusal: /is an SVG/ },
  };
  return new Map(Object.entries(all));
}

/** Image files with as many pixels as the Worker allows. */
export async function drawLargeSamples(): Promise<Map<string, Sample>> {
  const progressive = await large().jpeg({ progressive: true }).toBuffer();
  const all: Record<string, Sample> = {
    "large JPEG": { bytes: await large().jpeg().toBuffer() },
    "large JPEG progressive": { bytes: progressive },
    "large JPEG of many scans": { bytes: repeatScans(progressive, 40), refusal: /40 scans/ },
    "large PNG": { bytes: await large().png().toBuffer() },
    "large WebP": { bytes: await large().webp().toBuffer() },
  };
  return new Map(Object.entries(all));
}
