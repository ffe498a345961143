/** A decoded image: RGBA, 8 bits a channel, row by row, alpha not premultiplied. */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** For one output position: the first input position it reads, and its weights (sum 1). */
interface Tap {
  start: number;
  weights: Float32Array;
}

/** Triangle-filter taps that map `from` input positions onto `to` output positions. */
function triangleTaps(from: number, to: number): Tap[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, position) => {
    const center = (position + 0.5) * scale;
    const start = Math.max(0, Math.round(center - support));
    const end = Math.min(from, Math.round(center + support));
    const weights = Float32Array.from({ length: end - start }, (_, i) =>
      Math.max(0, 1 - Math.abs(start + i + 0.5 - center) / support),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}

/** One input row, premultiplied by alpha and shrunk to the output width: [r, g, b, a] floats. */
function shrinkRow(bitmap: Bitmap, y: number, columns: Tap[], out: Float32Array): void {
  const { data } = bitmap;
  const row = y * bitmap.width * 4;
  for (let x = 0; x < columns.length; x++) {
    const { start, weights } = columns[x]!;
    let r = 0;
    let g = 0;
    let b = 0;
    let a = 0;
    for (let i = 0, at = row + start * 4; i < weights.length; i++, at += 4) {
      const alpha = weights[i]! * data[at + 3]! * (1 / 255);
      r += alpha * data[at]!;
      g += alpha * data[at + 1]!;
      b += alpha * data[at + 2]!;
      a += alpha;
    }
    out[x * 4] = r;
    out[x * 4 + 1] = g;
    out[x * 4 + 2] = b;
    out[x * 4 + 3] = a;
  }
}

/**
 * The resampler in JavaScript: stretches a bitmap to a square and lays it over white.
 *
 * @returns RGB bytes, [side, side, 3]
 */
export function toPixels(bitmap: Bitmap, side: number): Uint8Array {
  const columns = triangleTaps(bitmap.width, side);
  const rows = triangleTaps(bitmap.height, side);
  const stride = side * 4;
  const pixels = new Uint8Array(side * side * 3);
  const sum = new Float32Array(stride);
  // A ring of shrunk rows: output rows read overlapping windows of input rows.
  const window = Math.max(...rows.map(({ weights }) => weights.length));
  const ring = Array.from({ length: window }, () => new Float32Array(stride));
  let next = 0;
  rows.forEach(({ start, weights }, y) => {
    for (next = Math.max(next, start); next < start + weights.length; next++) {
      shrinkRow(bitmap, next, columns, ring[next % window]!);
    }
    sum.fill(0);
    weights.forEach((weight, i) => {
      const row = ring[(start + i) % window]!;
      for (let at = 0; at < stride; at++) sum[at]! += weight * row[at]!;
    });
    for (let x = 0; x < side; x++) {
      const white = 255 * (1 - sum[x * 4 + 3]!);
      for (let channel = 0; channel < 3; channel++) {
        const value = Math.round(sum[x * 4 + channel]! + white);
        pixels[(y * side + x) * 3 + channel] = Math.min(255, Math.max(0, value));
      }
    }
  });
  return pixels;
}
