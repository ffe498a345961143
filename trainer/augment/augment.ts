import type { Random } from "../random.ts";
import { crop } from "./crop.ts";
import { shift } from "./shift.ts";

/**
 * A random view of an image.
 *
 * @param pixels RGB bytes of one image; not changed
 * @returns as many bytes
 */
export type Augmentation = (
  pixels: Uint8Array,
  size: { width: number; height: number },
  random: Random,
) => Uint8Array;

export const AUGMENTATIONS = {
  none: (pixels) => pixels.slice(),
  shift,
  crop,
} satisfies Record<string, Augmentation>;

export type AugmentationName = keyof typeof AUGMENTATIONS;
