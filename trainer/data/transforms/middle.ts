import { type Frame, wholeSize } from "../../../shared/image/frame.ts";

/**
 * Cuts the margin off an image.
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns RGB bytes of the frame; if there is no margin, `pixels` itself
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
