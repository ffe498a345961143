import { type Frame, wholeSize } from "../../../shared/image/frame.ts";
import type { Transform } from "../transforms/transforms.ts";
import { middle } from "../transforms/middle.ts";
import type { Dataset } from "../folder.ts";
import type { Random } from "../../random.ts";

/** The images of a data set, without their labels. */
export type Pictures = Pick<Dataset, "pixels" | keyof Frame>;

/** Calls `see` for each of some images. @returns the results, one after the other */
function gather(
  pictures: Pictures,
  items: readonly number[],
  see: (picture: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const whole = wholeSize(pictures);
  const from = whole.width * whole.height * 3;
  const to = pictures.width * pictures.height * 3;
  const gathered = new Uint8Array(items.length * to);
  items.forEach((item, at) => {
    gathered.set(see(pictures.pixels.subarray(item * from, (item + 1) * from)), at * to);
  });
  return gathered;
}

/** RGB bytes of some images as the network reads them, one after the other. */
export const gatherPixels = (pictures: Pictures, items: readonly number[]) =>
  gather(pictures, items, (picture) => middle(picture, pictures));

/** RGB bytes of a random view of each image, drawn one after the other. */
export function viewPixels(
  pictures: Pictures,
  items: readonly number[],
  augment: Transform,
  random: Random,
): Uint8Array<ArrayBuffer> {
  return gather(pictures, items, (picture) => augment(picture, pictures, random));
}
