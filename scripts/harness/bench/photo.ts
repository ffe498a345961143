import sharp, { type Sharp } from "sharp";
import { seededRandom } from "../../../trainer/random.ts";

/**
 * Layers of noise: cells across the picture, their contrast in levels, how far an edge at the middle of it
 * goes up and down, and whether each channel has its own.
 */
const OCTAVES = [
  { cells: 5, contrast: 90, edge: 15, channels: 3 },
  { cells: 16, contrast: 70, edge: 12, channels: 1 },
  { cells: 60, contrast: 40, edge: 8, channels: 1 },
  { cells: 240, contrast: 34, edge: 0, channels: 1 },
  { cells: 900, contrast: 30, edge: 0, channels: 1 },
  { cells: 2500, contrast: 40, edge: 0, channels: 1 },
] as const;

/** Levels of the grain of a sensor. */
const GRAIN = 4;

/** Bytes without a pattern, the same at every run. */
function noise(length: number): Uint8Array {
  const random = seededRandom(length);
  return Uint8Array.from({ length }, () => 256 * random());
}

/** Noise in cells, smooth between them. @returns [height, width, channels] bytes */
function octave(width: number, height: number, { cells, channels }: (typeof OCTAVES)[number]) {
  const rows = Math.max(2, Math.round((cells * height) / width));
  return sharp(noise(cells * rows * channels), { raw: { width: cells, height: rows, channels } })
    .resize(width, height, { fit: "fill", kernel: "linear" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer();
}

/**
 * A picture like a photograph: noise whose contrast falls with its scale, edges where the coarse ones cross
 * their middle, and fine noise. As a JPEG of quality 90 it takes about as many bytes as photographs do.
 */
export async function photo(width: number, height: number): Promise<Sharp> {
  const levels = new Int16Array(width * height * 3).fill(120);
  for (const one of OCTAVES) {
    if (one.cells >= width) break;
    const { contrast, channels, edge } = one;
    const values = await octave(width, height, one);
    for (let i = 0, from = 0; i < levels.length; i += 3, from += channels) {
      for (let channel = 0; channel < 3; channel++) {
        const value = values[from + (channels === 3 ? channel : 0)]! - 128;
        levels[i + channel]! += (value * contrast) / 255 + (value > 0 ? edge : -edge);
      }
    }
  }
  const sensor = noise(65_537);
  const pixels = new Uint8ClampedArray(levels.length);
  for (let i = 0, pixel = 0; i < pixels.length; i += 3, pixel++) {
    const grain = (sensor[pixel % sensor.length]! - 128) * (GRAIN / 256);
    for (let channel = i; channel < i + 3; channel++) pixels[channel] = levels[channel]! + grain;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}
