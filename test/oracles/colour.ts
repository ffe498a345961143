import { Matrix, inverse } from "ml-matrix";

type Chromaticity = [x: number, y: number];

/** An RGB colour space as standards give it. */
export interface ColourSpace {
  primaries: [red: Chromaticity, green: Chromaticity, blue: Chromaticity];
  white: Chromaticity;
  /** The light of a value, both from 0 to 1. */
  light: (value: number) => number;
}

const D65: Chromaticity = [0.3127, 0.329];
/** The white of profiles (ICC.1:2022, 7.2.16). */
const D50 = [0.9642, 1, 0.8249];

/** BT.2020, 10 bits, table 4, inverted. */
const cameraLight = (value: number) =>
  value < 0.081 ? value / 4.5 : ((value + 0.099) / 1.099) ** (1 / 0.45);

/** IEC 61966-2-1, 5.2. */
const srgbLight = (value: number) =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

const srgb: ColourSpace = {
  primaries: [
    [0.64, 0.33],
    [0.3, 0.6],
    [0.15, 0.06],
  ],
  white: D65,
  light: srgbLight,
};

export const SPACES = {
  srgb,
  /** SMPTE EG 432-1 with sRGB's white and curve. */
  displayP3: {
    primaries: [
      [0.68, 0.32],
      [0.265, 0.69],
      [0.15, 0.06],
    ],
    white: D65,
    light: srgbLight,
  },
  /** Adobe RGB (1998), 4.3. */
  adobeRgb: {
    primaries: [
      [0.64, 0.33],
      [0.21, 0.71],
      [0.15, 0.06],
    ],
    white: D65,
    light: (value) => value ** (563 / 256),
  },
  /** ISO 22028-2 (ROMM RGB); its white is D50. */
  proPhoto: {
    primaries: [
      [0.7347, 0.2653],
      [0.1596, 0.8404],
      [0.0366, 0.0001],
    ],
    white: [0.3457, 0.3585],
    light: (value) => (value < 16 / 512 ? value / 16 : value ** 1.8),
  },
  /** ITU-R BT.2020, tables 3 and 4. */
  rec2020: {
    primaries: [
      [0.708, 0.292],
      [0.17, 0.797],
      [0.131, 0.046],
    ],
    white: D65,
    light: cameraLight,
  },
} satisfies Record<string, ColourSpace>;

const xyzOf = ([x, y]: Chromaticity) => [x / y, 1, (1 - x - y) / y];

const column = (values: number[]) => Matrix.columnVector(values);

/** Bradford's adaptation of XYZ from a white to D50 (ICC.1:2022, E.3). */
function adaptation(white: number[]): Matrix {
  const cones = new Matrix([
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
  ]);
  const from = cones.mmul(column(white)).to1DArray();
  const to = cones.mmul(column(D50)).to1DArray();
  return inverse(cones)
    .mmul(Matrix.diag(to.map((value, i) => value / from[i])))
    .mmul(cones);
}

/** From a space's light to XYZ relative to D50: red, green, blue and the white of all three are given. */
export function xyzMatrix({ primaries, white }: ColourSpace): number[][] {
  const columns = new Matrix(primaries.map(xyzOf)).transpose();
  const shares = inverse(columns)
    .mmul(column(xyzOf(white)))
    .to1DArray();
  return adaptation(xyzOf(white)).mmul(columns).mmul(Matrix.diag(shares)).to2DArray();
}

/** sRGB levels of levels of another space: straight from the standards, not yet rounded. */
export function naiveSrgb(space: ColourSpace, levels: ArrayLike<number>): number[] {
  const matrix = inverse(new Matrix(xyzMatrix(srgb))).mmul(new Matrix(xyzMatrix(space)));
  const converted: number[] = [];
  for (let at = 0; at < levels.length; at += 3) {
    const light = [0, 1, 2].map((i) => space.light(levels[at + i] / 255));
    for (const value of matrix.mmul(column(light)).to1DArray()) {
      const clipped = Math.min(1, Math.max(0, value));
      const encoded = clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055;
      converted.push(encoded * 255);
    }
  }
  return converted;
}
