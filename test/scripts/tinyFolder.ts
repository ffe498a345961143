import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { encodePackage, type PackageContent } from "../../shared/package/codec.ts";
import { writePackage } from "../../trainer/export/package.ts";
import { content, packageTensors } from "../oracles/package.ts";
import { each } from "../oracles/numbers.ts";

export const CLASSES = ["ants", "bees", "cats", "dogs", "eels", "frogs"];
export const IMAGES_PER_CLASS = 4;

/** Pictures of each class: a colour of its own, and stripes that differ from image to image. */
export async function writePictures(folder: string, classes = CLASSES): Promise<void> {
  const side = 12;
  for (const [label, name] of classes.entries()) {
    await mkdir(join(folder, name), { recursive: true });
    for (const image of each(IMAGES_PER_CLASS)) {
      const pixels = each(side * side * 3).map((i) => {
        const [x, channel] = [Math.floor(i / 3) % side, i % 3];
        return (40 * label * (channel + 1) + (x % (image + 2) === 0 ? 70 : 0)) % 256;
      });
      await sharp(Uint8Array.from(pixels), { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toFile(join(folder, name, `${image}.png`));
    }
  }
}

/** A package whose weights are numbers, not trained. @param dataset what it says of its images */
export async function writeTinyPackage(
  folder: string,
  dataset: Partial<PackageContent["training"]["dataset"]> = {},
): Promise<void> {
  const training = {
    ...content.training,
    dataset: { ...content.training.dataset, ...dataset },
  };
  await writePackage(folder, await encodePackage({ ...content, training }, packageTensors()));
}
