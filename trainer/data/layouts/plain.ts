import { join } from "node:path";
import { namesOf } from "./entries.ts";
import { listClasses, remarkBeside } from "./folders.ts";
import type { Layout } from "./listing.ts";

const WRAPPER = "images";

/** Whether the class folders lie one level deeper, in `images/`. */
async function isWrapped(root: string): Promise<boolean> {
  if ((await namesOf(root, "folder")).join() !== WRAPPER) return false;
  const inside = join(root, WRAPPER);
  return (
    (await namesOf(inside, "image")).length === 0 && (await namesOf(inside, "folder")).length > 0
  );
}

/** One sub-folder per class, in the root or in its only folder `images/`; classes are sorted by name. */
export const plain: Layout = async (root, _, remarks) => {
  const layout = "one folder per class";
  if (!(await isWrapped(root))) return { layout, records: await listClasses(root, "", remarks) };
  await remarkBeside(root, [WRAPPER], remarks);
  return { layout, records: await listClasses(root, `${WRAPPER}/`, remarks) };
};
