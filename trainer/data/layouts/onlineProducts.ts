import { UserError } from "../../error.ts";
import { type Layout, lacks } from "./listing.ts";
import { pair, readLines } from "./lines.ts";

const NAME = "Stanford Online Products";
const FILES = ["Ebay_train.txt", "Ebay_test.txt"];
const HEADER = "image_id class_id super_class_id path";
const LINES = {
  pattern: /^\d+ (\d+) \d+ (.+)$/,
  fields: pair,
  form: `"${HEADER}"`,
  header: HEADER,
};

/**
 * Stanford Online Products (Song et al. 2016). Classes are in the order of the lists, and those of
 * Ebay_train.txt train.
 */
export const onlineProducts: Layout = async (root, entries) => {
  const found = FILES.find((file) => entries.has(file));
  if (found === undefined) return null;
  const missing = FILES.filter((file) => !entries.has(file));
  if (missing.length > 0) throw lacks(root, NAME, found, missing);

  const train = await readLines(root, FILES[0]!, LINES);
  const test = await readLines(root, FILES[1]!, LINES);
  const trainClasses = new Set(train.map(({ fields: [id] }) => id));
  const shared = test.find(({ fields: [id] }) => trainClasses.has(id));
  if (shared) {
    throw new UserError(`${shared.at}: class ${shared.fields[0]} is in ${FILES[0]} as well`);
  }
  return {
    layout: NAME,
    records: [...train, ...test].map(({ fields: [className, path] }) => ({ path, className })),
    trainClasses: trainClasses.size,
  };
};
