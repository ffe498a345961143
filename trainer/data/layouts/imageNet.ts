import { join } from "node:path";
import { UserError } from "../../error.ts";
import { compareNames, isFolder, namesOf } from "./entries.ts";
import { listClasses, remarkBeside } from "./folders.ts";
import type { Layout } from "./listing.ts";

/**
 * ImageNet as its training archive unpacks: `train/<wnid>/`, and `val/<wnid>/` if that is sorted into
 * classes. Images of the same class in both are one class here, because the split is by classes.
 */
export const imageNet: Layout = async (root, _, remarks) => {
  const train = join(root, "train");
  if (!(await isFolder(train)) || (await namesOf(train, "folder")).length === 0) return null;
  const parts = ["train"];
  const validation = join(root, "val");
  if (await isFolder(validation)) {
    if ((await namesOf(validation, "image")).length > 0) {
      throw new UserError(
        `${root} looks like ImageNet (it has train/<class>/) but the images in val/ are not in ` +
          `class folders: sort them into val/<class>/, or move val/ away`,
      );
    }
    parts.push("val");
  }
  await remarkBeside(root, parts, remarks);
  const lists = [];
  for (const part of parts) lists.push(await listClasses(root, `${part}/`, remarks));
  const records = lists.flat();
  records.sort((a, b) => compareNames(a.className, b.className));
  return { layout: "ImageNet (train/, val/)", records };
};
