import { type Matrix, type RgbSpace, type Row, srgbLight } from "./space.ts";

/** From XYZ, whose white is D50, to sRGB's light (IEC 61966-2-1, adapted from D65 by Bradford). */
const FROM_XYZ: Matrix = [
  [3.1341864, -1.617209, -0.4906941],
  [-0.9787485, 1.9161301, 0.0334334],
  [0.0719639, -0.2289939, 1.4057537],
];

/** Light is looked up in this many steps: the darkest level has 10 of them. */
const STEPS = 65_535;

/** The level of each step of light, rounded to the nearest. */
const LEVELS = new Uint8Array(STEPS + 1);
for (let level = 1; level < 256; level++) {
  LEVELS.fill(level, Math.ceil(srgbLight((level - 0.5) / 255) * STEPS));
}

const levelOf = (light: number): number => LEVELS[Math.min(STEPS, Math.max(0, Math.round(light)))]!;

/** From a space's light to steps of sRGB's. */
function matrixFrom({ toXyz }: RgbSpace): Matrix {
  const row = ([x, y, z]: Row): Row => {
    const at = (i: 0 | 1 | 2) => STEPS * (x * toXyz[0][i] + y * toXyz[1][i] + z * toXyz[2][i]);
    return [at(0), at(1), at(2)];
  };
  return [row(FROM_XYZ[0]), row(FROM_XYZ[1]), row(FROM_XYZ[2])];
}

/** @param pixels RGB bytes, which it changes */
function convert(pixels: Uint8Array, space: RgbSpace): void {
  const [reds, greens, blues] = space.curves;
  const [red, green, blue] = matrixFrom(space);
  for (let at = 0; at < pixels.length; at += 3) {
    const r = reds[pixels[at]!]!;
    const g = greens[pixels[at + 1]!]!;
    const b = blues[pixels[at + 2]!]!;
    pixels[at] = levelOf(red[0] * r + red[1] * g + red[2] * b);
    pixels[at + 1] = levelOf(green[0] * r + green[1] * g + green[2] * b);
    pixels[at + 2] = levelOf(blue[0] * r + blue[1] * g + blue[2] * b);
  }
}

/** All greys, and colours with each channel at one of 6 levels. */
const PROBES = Uint8Array.from([
  ...Array.from({ length: 256 }, (_, level) => [level, level, level]).flat(),
  ...Array.from({ length: 6 ** 3 }, (_, i) =>
    [i % 6, Math.floor(i / 6) % 6, Math.floor(i / 36)].map((step) => step * 51),
  ).flat(),
]);

/** Whether a space is sRGB but for the rounding of its profile: no level is off by more than one. */
function isSrgb(space: RgbSpace): boolean {
  const probes = PROBES.slice();
  convert(probes, space);
  return probes.every((level, i) => Math.abs(level - PROBES[i]!) <= 1);
}

/**
 * Converts pixels to sRGB in place: relative colorimetric; what lies out of its gamut is clipped.
 *
 * @param pixels RGB bytes
 */
export function toSrgb(pixels: Uint8Array, space: RgbSpace): void {
  if (!isSrgb(space)) convert(pixels, space);
}
