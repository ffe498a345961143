import { type Frame, wholeSize } from "../../../shared/image/frame.ts";
import type { Random } from "../../random.ts";

/** Smallest share of the image's area that a crop keeps. */
const MIN_AREA = 0.4;
/** Largest ratio of a crop's width to its height; the smallest is its inverse. */
const MAX_ASPECT = 4 / 3;
const TRIES = 10;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A box of random area and aspect ratio in the image; the whole image if no box fits. */
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

/** The two input positions that each of n output positions reads, and the share of the second. */
function taps(n: number, start: number, extent: number, limit: number) {
  return Array.from({ length: n }, (_, position) => {
    const center = start + ((position + 0.5) * extent) / n - 0.5;
    const from = Math.min(limit - 1, Math.max(0, center));
    const first = Math.floor(from);
    return { first, second: Math.min(limit - 1, first + 1), share: from - first };
  });
}

/**
 * The view for photographs: a random part, of at least 40 % of the area, of the image and its margin.
 * It is stretched to the size of the frame (bilinear) and mirrored half of the time (Szegedy et al., 2015,
 * section 6).
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns RGB bytes of the frame
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
