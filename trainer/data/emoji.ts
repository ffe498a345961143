import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { IconifyJSON } from "@iconify/types";
import { getIconData, iconToHTML, iconToSVG, quicklyValidateIconSet } from "@iconify/utils";
import sharp from "sharp";

/**
 * The embedded data set: the same emoji drawn by several vendors. A concept is a class, and each
 * vendor's drawing is an image of it. The result is an ordinary image folder, one sub-folder per class.
 */

/** npm packages with the drawings; licences are in the README. */
const VENDORS = ["noto", "twemoji", "emojione", "fxemoji", "fluent-emoji-flat"];

const SIZE = 96;
const MIN_DRAWINGS = 4;

/** Variants of a concept in another skin colour, which would blur the classes. */
const VARIANT = /skin|-(dark|light|medium)$/;

interface Drawing {
  vendor: string;
  icon: string;
}

/** A concept's name and its drawings, one per vendor. */
export type Concept = [name: string, drawings: Drawing[]];

async function loadVendors(): Promise<Map<string, IconifyJSON>> {
  const vendors = new Map<string, IconifyJSON>();
  for (const vendor of VENDORS) {
    const path = createRequire(import.meta.url).resolve(`@iconify-json/${vendor}/icons.json`);
    const set = quicklyValidateIconSet(JSON.parse(await readFile(path, "utf8")));
    if (!set) throw new Error(`@iconify-json/${vendor} is not an icon set; run npm ci again`);
    vendors.set(vendor, set);
  }
  return vendors;
}

/** Drawings by concept name. Vendors agree on names except for hyphens; aliases count as names. */
function collectConcepts(vendors: Map<string, IconifyJSON>): Map<string, Drawing[]> {
  const concepts = new Map<string, { name: string; drawings: Drawing[] }>();
  for (const [vendor, { icons, aliases = {} }] of vendors) {
    const names = [
      ...Object.keys(icons).map((name) => ({ name, icon: name })),
      ...Object.entries(aliases).map(([name, { parent }]) => ({ name, icon: parent })),
    ];
    for (const { name, icon } of names) {
      if (VARIANT.test(name)) continue;
      const key = name.replaceAll("-", "");
      const concept = concepts.get(key) ?? { name, drawings: [] };
      if (name.includes("-")) concept.name = name;
      if (!concept.drawings.some((drawing) => drawing.vendor === vendor)) {
        concept.drawings.push({ vendor, icon });
      }
      concepts.set(key, concept);
    }
  }
  return new Map(Array.from(concepts.values(), ({ name, drawings }) => [name, drawings]));
}

/** Concepts with enough drawings. Of two concepts that share a drawing, the one with more stays. */
function selectConcepts(concepts: Map<string, Drawing[]>): Concept[] {
  const used = new Set<string>();
  return [...concepts]
    .filter(([, drawings]) => drawings.length >= MIN_DRAWINGS)
    .sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .filter(([, drawings]) => {
      const keys = drawings.map(({ vendor, icon }) => `${vendor}:${icon}`);
      if (keys.some((key) => used.has(key))) return false;
      for (const key of keys) used.add(key);
      return true;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

async function rasterise(set: IconifyJSON, icon: string): Promise<Buffer> {
  const data = getIconData(set, icon);
  if (!data) throw new Error(`the icon set "${set.prefix}" has no icon "${icon}"`);
  const { attributes, body } = iconToSVG(data, { height: SIZE, width: SIZE });
  return sharp(Buffer.from(iconToHTML(body, attributes)))
    .resize(SIZE, SIZE)
    .png()
    .toBuffer();
}

/**
 * Makes the emoji image folder, unless it exists.
 *
 * @param folder receives `<concept>/<vendor>.png`; it is written under another name, then renamed
 * @param progress called after each drawing
 * @param choose picks the concepts to draw from all concepts, which are sorted by name
 */
export async function prepareEmoji(
  folder: string,
  progress: (done: number, total: number) => void,
  choose = (concepts: Concept[]) => concepts,
): Promise<void> {
  if (existsSync(folder)) return;
  const vendors = await loadVendors();
  const concepts = choose(selectConcepts(collectConcepts(vendors)));
  const jobs = concepts.flatMap(([concept, drawings]) =>
    drawings.map((drawing) => ({ concept, ...drawing })),
  );
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const total = jobs.length;
  let done = 0;
  const work = async () => {
    for (let job = jobs.pop(); job; job = jobs.pop()) {
      const set = vendors.get(job.vendor);
      if (!set) continue;
      const file = join(unfinished, job.concept, `${job.vendor}.png`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await rasterise(set, job.icon));
      progress(++done, total);
    }
  };
  await Promise.all([work(), work()]);
  await rename(unfinished, folder);
}
