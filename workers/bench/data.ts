/** Test data: numbers without a pattern, the same in every run. */

/** Knuth's multiplicative hash of an index, 0 to 2^32 - 1. */
const hash = (i: number): number => (i * 2_654_435_761) >>> 0;

/** An image of noise. @returns RGB bytes */
export function testPixels({ width, height }: { width: number; height: number }): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => hash(i) >>> 24);
}

/** n unit vectors. @returns n * d values */
export function testEmbeddings(n: number, d: number): Float32Array {
  const values = Float32Array.from({ length: n * d }, (_, i) => hash(i + 1) / 2 ** 32 - 0.5);
  for (let start = 0; start < values.length; start += d) {
    const row = values.subarray(start, start + d);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    row.forEach((value, k) => (row[k] = value / norm));
  }
  return values;
}
