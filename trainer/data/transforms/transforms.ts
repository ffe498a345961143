import type { Frame } from "../../../shared/image/frame.ts";
import type { Random } from "../../random.ts";
import { crop } from "./crop.ts";
import { middle } from "./middle.ts";
import { shift } from "./shift.ts";

/**
 * Makes a random view of an image.
 *
 * @param pixels RGB bytes of one image, with its margin; not changed
 * @returns RGB bytes of the frame
 */
export type Transform = (pixels: Uint8Array, frame: Frame, random: Random) => Uint8Array;

export const TRANSFORMS = {
  none: middle,
  shift,
  crop,
} satisfies Record<string, Transform>;

export type TransformName = keyof typeof TRANSFORMS;
