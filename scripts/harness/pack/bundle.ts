/** Bundles the trainer's code as JavaScript, for machines without npm. */
import { join } from "node:path";
import { hasCuda, packagesOf } from "./packages.ts";
import { bundlePrograms } from "./programs.ts";

const REMEDY = hasCuda
  ? "Set PDDM_LIBTENSORFLOW to the folder with its libraries (any TensorFlow 2)"
  : "It was not packed: run `setup-cuda` before `pack-trainer`";

/** Makes messages name the archive's command instead of npm's. */
const say = (source: string) =>
  source
    .replace(/Build it with `npm run setup-cuda[^`]*` \(any TensorFlow 2\)/g, REMEDY)
    .replace(/npm run (?:--silent )?([a-z-]+)(?: --(?=[\s"`$]))?/g, "pddm $1");

/**
 * @param folder gets main.mjs and all files that it reads, except packages with native libraries
 * @returns the folders of the packages that are bundled
 */
export async function bundleTrainer(folder: string): Promise<string[]> {
  const main = join(import.meta.dirname, "main.ts");
  return packagesOf(await bundlePrograms(folder, { main }, ["sharp"], say));
}
