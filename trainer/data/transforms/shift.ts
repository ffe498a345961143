import { type Frame, wholeSize } from "../../../shared/image/frame.ts";
import type { Random } from "../../random.ts";

/** Largest changes: of position, as a share of the size; of scale; and of the darkness of a channel. */
const SHIFT = 0.1;
const ZOOM = 0.15;
const COLOUR = 0.3;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);

/**
 * A random view of an image, from which the network learns that position, size and colour do not matter:
 * it moves by up to 10 %, scales by up to 15 %, and scales the darkness of each channel by up to 30 %. What
 * comes in from outside is the margin, and beyond that white, the background of the image contract.
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns RGB bytes of the frame
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
