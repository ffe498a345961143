import { each } from "./numbers.ts";

/** A decoded image: RGBA, 8 bits a channel, row by row, alpha not premultiplied. */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Where output positions lie on the input: the centre of position p at (p + 0.5) * scale + offset. */
export interface View {
  scale: number;
  offset: number;
}

/**
 * The image contract in scalars: every output pixel is the triangle-weighted mean of all input
 * pixels, premultiplied by alpha, in two dimensions at once and in double precision. A position beside the
 * picture is white.
 *
 * @returns RGB, not yet rounded
 */
export function naivePixels(
  bitmap: Bitmap,
  size: { width: number; height: number },
  across: View = { scale: bitmap.width / size.width, offset: 0 },
  down: View = { scale: bitmap.height / size.height, offset: 0 },
): number[] {
  const weight = (position: number, { scale, offset }: View, pixel: number, side: number) => {
    const center = (position + 0.5) * scale + offset;
    if (center < 0 || center > side) return 0;
    return Math.max(0, 1 - Math.abs(pixel + 0.5 - center) / Math.max(1, scale));
  };
  return each(size.height).flatMap((y) =>
    each(size.width).flatMap((x) => {
      let [total, alpha] = [0, 0];
      const color = [0, 0, 0];
      for (const row of each(bitmap.height)) {
        for (const column of each(bitmap.width)) {
          const w = weight(y, down, row, bitmap.height) * weight(x, across, column, bitmap.width);
          const at = (row * bitmap.width + column) * 4;
          const a = (w * bitmap.data[at + 3]) / 255;
          total += w;
          alpha += a;
          color.forEach((_, channel) => (color[channel] += a * bitmap.data[at + channel]));
        }
      }
      if (total === 0) return [255, 255, 255];
      return color.map((value) => value / total + 255 * (1 - alpha / total));
    }),
  );
}
