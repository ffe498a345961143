import { each } from "./numbers.ts";

/** A decoded image: RGBA, 8 bits a channel, row by row, alpha not premultiplied. */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * The image contract in scalars: every output pixel is the triangle-weighted mean of all input
 * pixels, premultiplied by alpha, in two dimensions at once and in double precision.
 *
 * @returns RGB, not yet rounded
 */
export function naivePixels(bitmap: Bitmap, size: { width: number; height: number }): number[] {
  const weight = (position: number, from: number, to: number, pixel: number) => {
    const scale = from / to;
    const distance = Math.abs(pixel + 0.5 - (position + 0.5) * scale);
    return Math.max(0, 1 - distance / Math.max(1, scale));
  };
  return each(size.height).flatMap((y) =>
    each(size.width).flatMap((x) => {
      let [total, alpha] = [0, 0];
      const color = [0, 0, 0];
      for (const row of each(bitmap.height)) {
        for (const column of each(bitmap.width)) {
          const w =
            weight(y, bitmap.height, size.height, row) *
            weight(x, bitmap.width, size.width, column);
          const at = (row * bitmap.width + column) * 4;
          const a = (w * bitmap.data[at + 3]) / 255;
          total += w;
          alpha += a;
          color.forEach((_, channel) => (color[channel] += a * bitmap.data[at + channel]));
        }
      }
      return color.map((value) => value / total + 255 * (1 - alpha / total));
    }),
  );
}
