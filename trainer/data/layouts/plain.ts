import { join } from "node:path";
import { hasImages, listClasses, subfolders } from "./folders.ts";
import type { Layout } from "./listing.ts";

/** Whether all class folders lie one level deeper, in `images/`. */
async function isWrapped(root: string): Promise<boolean> {
  const folders = await subfolders(root);
  const images = join(root, "images");
  return (
    folders.join() === "images" &&
    !(await hasImages(images)) &&
    (await subfolders(images)).length > 0
  );
}

/** One sub-folder per class, below the root or below its only folder, `images/`; sorted by name. */
export const plain: Layout = async (root, _, remarks) => ({
  layout: "one folder per class",
  records: await listClasses(root, (await isWrapped(root)) ? "images/" : "", remarks),
});
