/** Rows of three. */
export type Matrix = readonly [Row, Row, Row];
export type Row = readonly [number, number, number];

/** What RGB levels mean. */
export interface RgbSpace {
  /** Of red, green and blue: the light of each of the 256 levels, from 0 to 1. */
  curves: readonly [Float64Array, Float64Array, Float64Array];
  /** From light to CIE XYZ, whose white is D50: its columns are red, green and blue. */
  toXyz: Matrix;
}

/** sRGB's light of a value, both from 0 to 1 (IEC 61966-2-1, 5.2). */
export const srgbLight = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

export const SRGB_CURVE = Float64Array.from({ length: 256 }, (_, level) => srgbLight(level / 255));
