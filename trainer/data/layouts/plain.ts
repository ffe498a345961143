import { join } from "node:path";
import { imagesIn, isFolder, subfolders } from "./folders.ts";
import type { Layout } from "./listing.ts";

/** Whether all class folders lie one level deeper, in `images/`. */
async function isWrapped(root: string, folders: string[]): Promise<boolean> {
  const images = join(root, "images");
  return (
    folders.length === 1 &&
    (await isFolder(images)) &&
    (await imagesIn(images)).length === 0 &&
    (await subfolders(images)).length > 0
  );
}

/** One sub-folder per class, below the root or below its only folder, `images/`; sorted by name. */
export const plain: Layout = async (root) => {
  const folders = await subfolders(root);
  const base = (await isWrapped(root, folders)) ? "images/" : "";
  const classes = base ? await subfolders(join(root, base)) : folders;
  const records = [];
  for (const className of classes) {
    for (const file of await imagesIn(join(root, base, className))) {
      records.push({ path: `${base}${className}/${file}`, className });
    }
  }
  return { layout: "one folder per class", records };
};
