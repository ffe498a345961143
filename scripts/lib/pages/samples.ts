import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as z from "zod";
import { type Concept, prepareEmoji } from "../../../trainer/data/emoji.ts";

/**
 * The emoji that the page offers as samples, each by three vendors. The concepts are in the second half by
 * name, on which `npm start` does not train.
 */
export const CONCEPTS = ["sunflower", "whale", "strawberry", "tiger-face"];
/** Vendors, and their short names in file names. */
const VENDORS = new Map([
  ["noto", "noto"],
  ["twemoji", "twemoji"],
  ["fluent-emoji-flat", "fluent"],
]);

const require = createRequire(import.meta.url);

/** The fields of an Iconify icon set that credit its author. */
const infoSchema = z.object({
  name: z.string(),
  author: z.object({ name: z.string(), url: z.url() }),
  license: z.object({ title: z.string(), url: z.url() }),
});

/** Author and licence of a vendor's drawings, as the vendor's package states them. */
async function readCredit(vendor: string) {
  const path = require.resolve(`@iconify-json/${vendor}/info.json`);
  const { name, author, license } = infoSchema.parse(JSON.parse(await readFile(path, "utf8")));
  return {
    title: name,
    author: author.name,
    source: author.url,
    licence: license.title,
    terms: license.url,
  };
}

const ofThese = (concepts: Concept[]): Concept[] =>
  concepts
    .filter(([name]) => CONCEPTS.includes(name))
    .map(([name, drawings]) => [name, drawings.filter(({ vendor }) => VENDORS.has(vendor))]);

/** Draws the samples as `<concept>-<vendor>.png` into a new folder, with a samples.json that lists them. */
export async function makeSamples(folder: string): Promise<void> {
  const drawn = `${folder}.drawn`;
  await rm(drawn, { recursive: true, force: true });
  await prepareEmoji(drawn, () => undefined, ofThese);
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const concept of CONCEPTS) {
    for (const [vendor, short] of VENDORS) {
      const file = `${concept}-${short}.png`;
      await writeFile(join(folder, file), await readFile(join(drawn, concept, `${vendor}.png`)));
      files.push(file);
    }
  }
  await rm(drawn, { recursive: true });
  const drawings = await Promise.all([...VENDORS.keys()].map(readCredit));
  await writeFile(join(folder, "samples.json"), JSON.stringify({ files, drawings }));
}
