import { readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { type Random, seededRandom } from "../../trainer/random.ts";
import type { MEDIA_TYPES } from "./ask.ts";

export interface Picture {
  /** What is special about it, and its size. */
  name: string;
  type: keyof typeof MEDIA_TYPES;
  bytes: Uint8Array<ArrayBuffer>;
}

interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

const rgb = ({ data, width, height }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** The same picture, seen through a hole with soft edges. */
function rgba({ data, width, height }: Pixels): Sharp {
  const alpha = Buffer.alloc(width * height);
  for (let i = 0; i < alpha.length; i++) {
    const [x, y] = [(i % width) / width - 0.5, Math.floor(i / width) / height - 0.5];
    alpha[i] = Math.max(0, Math.min(255, 600 * (0.6 - Math.hypot(x, y))));
  }
  return rgb({ data, width, height }).joinChannel(alpha, { raw: { width, height, channels: 1 } });
}

/** 16 bits a channel, the lower eight in use. */
function deep({ data, width, height }: Pixels): Sharp {
  const values = Uint16Array.from(data, (value, i) => value * 256 + ((i * 97) % 256));
  return sharp(values, { raw: { width, height, channels: 3 } }).toColourspace("rgb16");
}

const turned = (pixels: Pixels, orientation: number) => rgb(pixels).withMetadata({ orientation });

type Kind = [name: string, type: Picture["type"], encode: (pixels: Pixels) => Sharp];

const KINDS: Kind[] = [
  ["quality 60, 4:2:0", "jpg", (p) => rgb(p).jpeg({ quality: 60 })],
  ["quality 90, 4:2:0", "jpg", (p) => rgb(p).jpeg({ quality: 90 })],
  ["quality 75, 4:4:4", "jpg", (p) => rgb(p).jpeg({ quality: 75, chromaSubsampling: "4:4:4" })],
  ["quality 95, 4:4:4", "jpg", (p) => rgb(p).jpeg({ quality: 95, chromaSubsampling: "4:4:4" })],
  ["progressive", "jpg", (p) => rgb(p).jpeg({ progressive: true })],
  ["optimised", "jpg", (p) => rgb(p).jpeg({ mozjpeg: true })],
  ["greyscale", "jpg", (p) => rgb(p).greyscale().jpeg()],
  ["a colour profile", "jpg", (p) => rgb(p).withIccProfile("p3").jpeg()],
  ...[2, 3, 4, 5, 6, 7, 8].map((orientation): Kind => {
    return [`EXIF orientation ${orientation}`, "jpg", (p) => turned(p, orientation).jpeg()];
  }),
  ["a colour profile", "png", (p) => rgb(p).withIccProfile("p3").png()],
  ["RGB", "png", (p) => rgb(p).png()],
  ["transparent", "png", (p) => rgba(p).png()],
  ["palette", "png", (p) => rgb(p).png({ palette: true, effort: 1 })],
  ["transparent palette", "png", (p) => rgba(p).png({ palette: true, colours: 32, effort: 1 })],
  ["greyscale", "png", (p) => rgb(p).greyscale().png()],
  ["transparent greyscale", "png", (p) => rgba(p).greyscale().png()],
  ["16 bits", "png", (p) => deep(p).png()],
  ["interlaced", "png", (p) => rgb(p).png({ progressive: true })],
  ["EXIF orientation 6, not applied", "png", (p) => turned(p, 6).png()],
  ["lossy", "webp", (p) => rgb(p).webp({ quality: 80 })],
  ["lossless", "webp", (p) => rgb(p).webp({ lossless: true })],
  ["lossy, transparent", "webp", (p) => rgba(p).webp({ quality: 70 })],
  ["lossless, transparent", "webp", (p) => rgba(p).webp({ lossless: true })],
  ["EXIF orientation 6, not applied", "webp", (p) => turned(p, 6).webp()],
];

/** Odd and even, tall and wide, smaller and much larger than the network's input. */
const SIZES = [
  [500, 375],
  [17, 31],
  [333, 500],
  [64, 64],
  [640, 427],
  [101, 57],
  [24, 24],
  [1200, 900],
  [240, 320],
  [33, 200],
];

/** Each kind so often, each time at another size. */
const ROUNDS = 2;

/** A gradient between two colours, with noise: what a photo has and a drawing has not. */
function background(width: number, height: number, random: Random): Pixels {
  const [from, to] = [0, 1].map(() => [0, 1, 2].map(() => 30 + 180 * random()));
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const share = ((i % width) / width + Math.floor(i / width) / height) / 2;
    const noise = 30 * (random() - 0.5);
    for (let channel = 0; channel < 3; channel++) {
      data[i * 3 + channel] = from[channel] + share * (to[channel] - from[channel]) + noise;
    }
  }
  return { data, width, height };
}

/** Lays a drawing over a noisy background, somewhere. */
async function photograph(path: string, size: number[], random: Random): Promise<Pixels> {
  const [width, height] = size;
  const side = Math.floor((0.5 + random() / 2) * Math.min(width, height));
  const drawing = await sharp(path).resize(side, side).png().toBuffer();
  const left = Math.floor(random() * (width - side));
  const top = Math.floor(random() * (height - side));
  const data = await rgb(background(width, height, random))
    .composite([{ input: drawing, left, top }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { data, width, height };
}

/** Images in every form that cameras and browsers write, the same at every run. */
export async function takePictures(emoji: string): Promise<Picture[]> {
  const concepts = await readdir(emoji);
  const random = seededRandom(1);
  const pictures: Picture[] = [];
  for (let at = 0; at < KINDS.length * ROUNDS; at++) {
    const [name, type, encode] = KINDS[at % KINDS.length];
    const size = SIZES[at % SIZES.length];
    const path = join(emoji, concepts[at % concepts.length], "noto.png");
    const pixels = await photograph(path, size, random);
    const bytes = Uint8Array.from(await encode(pixels).toBuffer());
    pictures.push({ name: `${name}, ${size.join("x")}.${type}`, type, bytes });
  }
  return pictures;
}
