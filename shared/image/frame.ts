/**
 * How a picture gets the shape of the frame: `stretch` changes the picture's own shape, `cover` cuts off what
 * the frame does not hold, `contain` fills the rest of the frame with white.
 */
export const FITS = ["stretch", "cover", "contain"] as const;

export type Fit = (typeof FITS)[number];

/** How pictures are decoded. */
export interface Decoding {
  /**
   * Some formats can be decoded smaller: to at least this many pixels for one of the frame and its margin,
   * along both sides.
   */
  oversampling: number;
  /** `srgb` where pixels of other colour spaces are converted to it. Without it, spaces are ignored. */
  colorSpace?: "srgb";
}

/**
 * How new models have pictures decoded. At 1.25 pixels for one of the input a photo of 500 x 375 is decoded at
 * half its size for an input of 128; docs/performance.md has the time that saves and what recall becomes.
 */
export const DECODING: Decoding = { oversampling: 1.25, colorSpace: "srgb" };

/** The part of a picture that a network reads: the middle of the fitted picture, in pixels. */
export interface Frame {
  width: number;
  height: number;
  /** Pixels that the fitted picture goes beyond it on every side; none by default. */
  margin?: number;
  /** `stretch` by default. */
  fit?: Fit;
  /** Without it pictures are decoded at their own size, and their colour spaces ignored. */
  decode?: Decoding;
}

/** The size of the frame and its margin. */
export const wholeSize = ({ width, height, margin = 0 }: Frame) => ({
  width: width + 2 * margin,
  height: height + 2 * margin,
});

/** The part of one side of a picture that each position of the frame shows. */
export interface Axis {
  /** Pixels of the picture to one of the frame. */
  scale: number;
  /** Where the frame's first pixel begins in the picture, in its pixels. */
  offset: number;
  /** Pixels of the frame. */
  count: number;
}

/**
 * Where a frame lies on a picture.
 *
 * @param picture its size in pixels, which may be fractions of one
 */
export function fitFrame(
  picture: { width: number; height: number },
  frame: Frame,
): { columns: Axis; rows: Axis } {
  const { width, height, margin = 0, fit = "stretch" } = frame;
  const whole = wholeSize(frame);
  const across = picture.width / whole.width;
  const down = picture.height / whole.height;
  const one = fit === "cover" ? Math.min(across, down) : Math.max(across, down);
  const axis = (side: number, total: number, count: number, own: number): Axis => {
    const scale = fit === "stretch" ? own : one;
    return { scale, offset: (side - total * scale) / 2 + margin * scale, count };
  };
  return {
    columns: axis(picture.width, whole.width, width, across),
    rows: axis(picture.height, whole.height, height, down),
  };
}
