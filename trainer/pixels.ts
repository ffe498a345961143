import type { Augmentation } from "./augment/augment.ts";
import type { Dataset } from "./data/folder.ts";
import type { Random } from "./random.ts";

/** The images of a data set, without what they show. */
export type Pictures = Pick<Dataset, "pixels" | "width" | "height">;

/** RGB bytes of some images, one after the other. */
export function gatherPixels({ pixels, width, height }: Pictures, items: readonly number[]) {
  const stride = width * height * 3;
  const gathered = new Uint8Array(items.length * stride);
  items.forEach((item, at) => {
    gathered.set(pixels.subarray(item * stride, (item + 1) * stride), at * stride);
  });
  return gathered;
}

/** RGB bytes of a random view of each image, drawn one after the other. */
export function viewPixels(
  pictures: Pictures,
  items: readonly number[],
  augment: Augmentation,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const pixels = gatherPixels(pictures, items);
  const stride = pictures.width * pictures.height * 3;
  items.forEach((_, at) => {
    const image = pixels.subarray(at * stride, (at + 1) * stride);
    image.set(augment(image, pictures, random));
  });
  return pixels;
}
