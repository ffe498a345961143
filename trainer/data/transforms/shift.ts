import { type Frame, wholeSize } from "../../../shared/image/frame.ts";
import type { Random } from "../../random.ts";

/** How far an image is moved and scaled, as a share of its size, and its colours dimmed. */
const SHIFT = 0.1;
const ZOOM = 0.15;
const COLOUR = 0.3;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);

/**
 * A random view of an image, so that the network learns what a class keeps when position, size and
 * colour change: moved by up to 10 %, scaled by up to 15 %, each channel's darkness scaled by up to
 * 30 %. What comes in from outside is of the margin, and beyond it white, as the image contract's
 * background.
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns those of the frame
 */
export function shift(pixels: Uint8Array, frame: Frame, random: Random): Uint8Array {
  const { width, height, margin = 0 } = frame;
  const whole = wholeSize(frame);
  const zoom = between(random, 1 - ZOOM, 1 + ZOOM);
  const shiftX = between(random, -SHIFT, SHIFT) * width;
  const shiftY = between(random, -SHIFT, SHIFT) * height;
  const darkness = [0, 1, 2].map(() => between(random, 1 - COLOUR, 1 + COLOUR));
  const view = new Uint8Array(width * height * 3).fill(255);
  const centerX = (width - 1) / 2;
  const centerY = (height - 1) / 2;
  for (let y = 0; y < height; y++) {
    const fromY = Math.round((y - centerY) * zoom + centerY + shiftY) + margin;
    if (fromY < 0 || fromY >= whole.height) continue;
    for (let x = 0; x < width; x++) {
      const fromX = Math.round((x - centerX) * zoom + centerX + shiftX) + margin;
      if (fromX < 0 || fromX >= whole.width) continue;
      const from = (fromY * whole.width + fromX) * 3;
      const to = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const dark = (255 - pixels[from + channel]!) * darkness[channel]!;
        view[to + channel] = 255 - Math.min(255, Math.round(dark));
      }
    }
  }
  return view;
}
