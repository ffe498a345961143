import * as z from "zod";
import { UserError } from "../../error.ts";
import type { Layout } from "./listing.ts";
import { readLines } from "./lines.ts";

const FILE = "list.tsv";

/**
 * A table of images, `list.tsv`, with the columns `path`, `class` and `split`, which is train or test.
 * Training classes come first; within each part, classes are in the order of the table. Paths are below
 * `images/` if that exists, else below the root.
 */
export const list: Layout = async (root, entries) => {
  if (!entries.has(FILE)) return null;
  const lines = await readLines(root, FILE, {
    pattern: /^([^\t]+)\t([^\t]+)\t(train|test)$/,
    fields: z.tuple([z.string(), z.string(), z.enum(["train", "test"])]),
    form: '"<path><tab><class><tab>train" or "...test"',
    header: "path\tclass\tsplit",
  });
  const splitOf = new Map<string, string>();
  for (const { at, fields } of lines) {
    const [, className, split] = fields;
    const name = className.normalize();
    const before = splitOf.get(name) ?? split;
    if (before !== split) {
      throw new UserError(
        `${at}: class ${className} is in ${split}, above in ${before}; a class either trains or tests`,
      );
    }
    splitOf.set(name, split);
  }
  const base = entries.has("images") ? "images/" : "";
  const recordsOf = (role: string) =>
    lines.flatMap(({ fields: [path, className, split] }) =>
      split === role ? [{ path: base + path, className }] : [],
    );
  const train = recordsOf("train");
  return {
    layout: FILE,
    records: [...train, ...recordsOf("test")],
    trainClasses: new Set(train.map(({ className }) => className.normalize())).size,
  };
};
