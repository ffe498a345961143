import { UserError } from "../../error.ts";
import { type Layout, lacks } from "./listing.ts";
import { pair, readLines } from "./lines.ts";

const NAME = "CUB-200-2011";
const PARTS = ["images.txt", "image_class_labels.txt", "images"];

/**
 * Caltech-UCSD Birds (Wah et al. 2011), classes by id. Its zero-shot protocol trains on the first 100
 * of 200 classes, which is the default split here. The set's own train_test_split.txt divides the images
 * of each class, which is another task.
 */
export const cub: Layout = async (root, entries) => {
  const found = PARTS.slice(0, 2).find((file) => entries.has(file));
  if (found === undefined) return null;
  const missing = PARTS.filter((part) => !entries.has(part));
  if (missing.length > 0) throw lacks(root, NAME, found, missing);

  const labels = await readLines(root, "image_class_labels.txt", {
    pattern: /^(\S+) (\d+)$/,
    fields: pair,
    form: '"<image id> <class id>"',
  });
  const classOf = new Map(labels.map(({ fields: [image, id] }) => [image, Number(id)]));
  const classes = entries.has("classes.txt")
    ? await readLines(root, "classes.txt", {
        pattern: /^(\d+) (.+)$/,
        fields: pair,
        form: '"<class id> <name>"',
      })
    : [];
  const names = new Map(classes.map(({ fields: [id, name] }) => [Number(id), name]));
  const images = await readLines(root, "images.txt", {
    pattern: /^(\S+) (.+)$/,
    fields: pair,
    form: '"<image id> <path>"',
  });
  const records = images.map(({ at, fields: [image, path] }) => {
    const id = classOf.get(image);
    if (id === undefined) {
      throw new UserError(`${at}: image_class_labels.txt has no class for image ${image}`);
    }
    return { id, path: `images/${path}`, className: names.get(id) ?? String(id) };
  });
  records.sort((a, b) => a.id - b.id);
  return { layout: NAME, records: records.map(({ path, className }) => ({ path, className })) };
};
