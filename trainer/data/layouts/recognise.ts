import { dirname, join } from "node:path";
import { UserError } from "../../error.ts";
import { EXTENSIONS_TEXT } from "../extensions.ts";
import { Remarks } from "../remarks.ts";
import { cub } from "./cub.ts";
import { entriesOf, type Entry, isFolder } from "./entries.ts";
import { imageNet } from "./imageNet.ts";
import { list } from "./list.ts";
import type { Layout, Listing } from "./listing.ts";
import { onlineProducts } from "./onlineProducts.ts";
import { plain } from "./plain.ts";
import { pushed } from "./pushed.ts";
import { stanfordCars } from "./stanfordCars.ts";

/** Layouts that state the classes in files. */
const BY_FILES: Layout[] = [pushed, list, cub, stanfordCars, onlineProducts];
/** Layouts that state the classes by folders. They are tried if there are no such files. */
const BY_FOLDERS: Layout[] = [imageNet, plain];

async function listByLayout(root: string, remarks: Remarks): Promise<Listing | null> {
  const entries = new Set((await entriesOf(root)).map(({ name }) => name));
  for (const layout of [...BY_FILES, ...BY_FOLDERS]) {
    const listing = await layout(root, entries, remarks);
    if (listing && BY_FILES.includes(layout)) await checkFiles(root, listing, remarks);
    if (listing) return listing;
  }
  return null;
}

/** Checks that each listed image exists and is listed once. */
async function checkFiles(
  root: string,
  { layout, records }: Listing,
  remarks: Remarks,
): Promise<void> {
  const present = new Map<string, Entry["kind"]>();
  for (const folder of new Set(records.map(({ path }) => dirname(path)))) {
    for (const { name, kind } of await entriesOf(join(root, folder)).catch(() => [])) {
      if (kind !== "brokenLink") present.set(join(folder, name), kind);
    }
  }
  const missing = records.filter(({ path }) => !present.has(join(path)));
  if (missing.length > 0) {
    throw new UserError(
      `${root}: of ${records.length} images that ${layout} lists, ${missing.length} ` +
        `${missing.length > 1 ? "are" : "is"} missing, first ${missing[0]!.path}`,
    );
  }
  const seen = new Set<string>();
  for (const { path } of records) {
    if (seen.has(path)) throw new UserError(`${root}: ${layout} lists ${path} twice`);
    seen.add(path);
  }
  const listed = new Set(records.map(({ path }) => join(path)));
  for (const [path, kind] of present) {
    if (kind === "image" && !listed.has(path)) remarks.add("unlisted", path);
  }
}

/** Gives classes one name each: names that look the same may differ in their Unicode normalisation. */
function mergeSpellings({ records }: Listing, remarks: Remarks): void {
  const spellings = new Map<string, Set<string>>();
  for (const record of records) {
    const name = record.className.normalize();
    const known = spellings.get(name) ?? new Set();
    spellings.set(name, known.add(record.className));
    record.className = name;
  }
  for (const [name, { size }] of spellings) if (size > 1) remarks.add("spelling", name);
}

/**
 * Lists the labelled images of a folder in any layout.
 *
 * @returns the images, and lines that tell a person what else the folder holds
 * @throws UserError if there is no folder, or no image in it, or its layout is incomplete
 */
export async function listImages(root: string): Promise<Listing & { remarks: string[] }> {
  if (!(await isFolder(root))) throw new UserError(`there is no folder ${root}`);
  const remarks = new Remarks();
  const listing = await listByLayout(root, remarks);
  if (!listing || listing.records.length === 0) {
    const problem = `${root} holds no images in class folders: put them (${EXTENSIONS_TEXT}) into one sub-folder per class`;
    throw new UserError([problem, ...remarks.lines()].join(". "));
  }
  mergeSpellings(listing, remarks);
  return { ...listing, remarks: remarks.lines() };
}
