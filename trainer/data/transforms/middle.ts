import { type Frame, wholeSize } from "../../../shared/image/frame.ts";

/**
 * An image without its margin.
 *
 * @param pixels RGB bytes of the stretched image; not changed
 * @returns those of the frame; where there is no margin, the very same
 */
export function middle(pixels: Uint8Array, frame: Frame): Uint8Array {
  const { width, height, margin = 0 } = frame;
  if (margin === 0) return pixels;
  const row = wholeSize(frame).width * 3;
  const view = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = (y + margin) * row + margin * 3;
    view.set(pixels.subarray(start, start + width * 3), y * width * 3);
  }
  return view;
}
