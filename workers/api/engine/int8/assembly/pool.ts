import { rescale, toActivations } from "./requantize";

/** The first row or column of a window inside the image. */
function begin(at: i32): i32 {
  return max(at, 0);
}

/**
 * The largest activation of each window and channel. Activations have the same order as their values.
 *
 * @param x [height, width, channels]; channels is a multiple of 8
 * @param y [outHeight, outWidth, channels]
 */
export function maxPool(
  x: usize,
  height: i32,
  width: i32,
  channels: usize,
  poolHeight: i32,
  poolWidth: i32,
  rowStep: i32,
  columnStep: i32,
  top: i32,
  left: i32,
  y: usize,
  outHeight: i32,
  outWidth: i32,
): void {
  for (let oy = 0; oy < outHeight; oy++) {
    const y0 = begin(oy * rowStep - top);
    const y1 = min(oy * rowStep - top + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const x0 = begin(ox * columnStep - left);
      const x1 = min(ox * columnStep - left + poolWidth, width);
      for (let channel: usize = 0; channel < channels; channel += 8) {
        let largest = i8x16.splat(0);
        for (let iy = y0; iy < y1; iy++) {
          let from = x + <usize>(iy * width + x0) * channels + channel;
          for (let ix = x0; ix < x1; ix++) {
            largest = i8x16.max_u(largest, v128.load64_zero(from));
            from += channels;
          }
        }
        v128.store64_lane(y + channel, largest, 0);
      }
      y += channels;
    }
  }
}

/** The mean of each window and channel over the part inside the image. Arguments as in `maxPool`. */
export function averagePool(
  x: usize,
  height: i32,
  width: i32,
  channels: usize,
  poolHeight: i32,
  poolWidth: i32,
  rowStep: i32,
  columnStep: i32,
  top: i32,
  left: i32,
  y: usize,
  outHeight: i32,
  outWidth: i32,
): void {
  for (let oy = 0; oy < outHeight; oy++) {
    const y0 = begin(oy * rowStep - top);
    const y1 = min(oy * rowStep - top + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const x0 = begin(ox * columnStep - left);
      const x1 = min(ox * columnStep - left + poolWidth, width);
      const share = f32x4.splat(1 / <f32>((y1 - y0) * (x1 - x0)));
      for (let channel: usize = 0; channel < channels; channel += 8) {
        let low = i32x4.splat(0);
        let high = low;
        for (let iy = y0; iy < y1; iy++) {
          let from = x + <usize>(iy * width + x0) * channels + channel;
          for (let ix = x0; ix < x1; ix++) {
            const words = v128.load8x8_u(from);
            low = i32x4.add(low, i32x4.extend_low_i16x8_u(words));
            high = i32x4.add(high, i32x4.extend_high_i16x8_u(words));
            from += channels;
          }
        }
        const mean = toActivations(rescale(low, share), rescale(high, share));
        v128.store64_lane(y + channel, mean, 0);
      }
      y += channels;
    }
  }
}
