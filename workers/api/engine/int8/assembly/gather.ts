/**
 * Copies the windows of a convolution into rows, so that it becomes a matrix product (gemm.ts).
 *
 * Copies move 16 bytes at a time and may run past a row: the bytes behind it are written later or never read.
 *
 * @param x [height, width, channels]
 * @param zeros the values of padding, a row of channels
 * @param first index of the first of `count` output pixels, line by line
 * @param y `count` rows of [kernelHeight, kernelWidth, channels], `yStride` bytes apart
 */
export function gather(
  x: usize,
  height: i32,
  width: i32,
  channels: usize,
  zeros: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  rowStep: i32,
  columnStep: i32,
  top: i32,
  left: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  y: usize,
  yStride: usize,
): void {
  const line = <usize>kernelWidth * channels;
  for (let i = 0; i < count; i++) {
    const pixel = first + i;
    const iy = (pixel / outWidth) * rowStep - top;
    const ix = (pixel % outWidth) * columnStep - left;
    const whole = ix >= 0 && ix + kernelWidth <= width;
    let to = y + <usize>i * yStride;
    for (let ky = 0; ky < kernelHeight; ky++) {
      const inside = <u32>(iy + ky) < <u32>height;
      const from = x + (<usize>(iy + ky) * <usize>width + <usize>ix) * channels;
      if (inside && whole) {
        copy(from, to, line);
      } else {
        for (let kx = 0; kx < kernelWidth; kx++) {
          const tap = <usize>kx * channels;
          const here = inside && <u32>(ix + kx) < <u32>width;
          copy(here ? from + tap : zeros, to + tap, channels);
        }
      }
      to += line;
    }
  }
}

/** Copies bytes, and up to 15 behind them. */
export function copy(from: usize, to: usize, bytes: usize): void {
  for (const end = to + bytes; to < end; to += 16) {
    v128.store(to, v128.load(from));
    from += 16;
  }
}
