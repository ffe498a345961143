import { type Frame, wholeSize } from "../../../shared/image/frame.ts";
import type { Random } from "../../random.ts";

/** Share of the image's area that a crop keeps, at least. */
const MIN_AREA = 0.4;
/** Width by height of a crop, at most; at least its inverse. */
const MAX_ASPECT = 4 / 3;
const TRIES = 10;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A box of random area and aspect that lies within the image; all of it where none fits. */
function randomBox(size: { width: number; height: number }, random: Random): Box {
  for (let tries = 0; tries < TRIES; tries++) {
    const area = size.width * size.height * (MIN_AREA + random() * (1 - MIN_AREA));
    const aspect = MAX_ASPECT ** (2 * random() - 1);
    const width = Math.sqrt(area * aspect);
    const height = Math.sqrt(area / aspect);
    if (width > size.width || height > size.height) continue;
    return {
      left: random() * (size.width - width),
      top: random() * (size.height - height),
      width,
      height,
    };
  }
  return { left: 0, top: 0, ...size };
}

/** Where n output positions read between two input positions, and how much of the second. */
function taps(n: number, start: number, extent: number, limit: number) {
  return Array.from({ length: n }, (_, position) => {
    const center = start + ((position + 0.5) * extent) / n - 0.5;
    const from = Math.min(limit - 1, Math.max(0, center));
    const first = Math.floor(from);
    return { first, second: Math.min(limit - 1, first + 1), share: from - first };
  });
}

/**
 * The view that photographs are trained with: a random part of the image and its margin, of 40 % of
 * their area or more, stretched to the size of the frame (bilinear) and mirrored half of the time
 * (Szegedy et al., 2015, section 6).
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns those of the frame
 */
export function crop(pixels: Uint8Array, frame: Frame, random: Random): Uint8Array {
  const { width, height } = frame;
  const whole = wholeSize(frame);
  const box = randomBox(whole, random);
  const columns = taps(width, box.left, box.width, whole.width);
  if (random() < 0.5) columns.reverse();
  const view = new Uint8Array(width * height * 3);
  let at = 0;
  for (const row of taps(height, box.top, box.height, whole.height)) {
    const upper = row.first * whole.width;
    const lower = row.second * whole.width;
    for (const { first, second, share } of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const a = pixels[(upper + first) * 3 + channel]!;
        const b = pixels[(upper + second) * 3 + channel]!;
        const c = pixels[(lower + first) * 3 + channel]!;
        const d = pixels[(lower + second) * 3 + channel]!;
        const above = a + (b - a) * share;
        const below = c + (d - c) * share;
        view[at++] = Math.round(above + (below - above) * row.share);
      }
    }
  }
  return view;
}
