import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../../error.ts";
import { Remarks } from "../remarks.ts";
import { cub } from "./cub.ts";
import { entriesOf, isFolder } from "./folders.ts";
import { imageNet } from "./imageNet.ts";
import { list } from "./list.ts";
import type { Layout, Listing } from "./listing.ts";
import { onlineProducts } from "./onlineProducts.ts";
import { plain } from "./plain.ts";
import { stanfordCars } from "./stanfordCars.ts";

/** What states its classes in files comes before what states them by its folders. */
const LAYOUTS: Layout[] = [list, cub, stanfordCars, onlineProducts, imageNet, plain];

async function listByLayout(root: string, remarks: Remarks): Promise<Listing | null> {
  const entries = new Set((await entriesOf(root)).map(({ name }) => name));
  for (const layout of LAYOUTS) {
    const listing = await layout(root, entries, remarks);
    if (listing) return listing;
  }
  return null;
}

/** Each image has to be there, and once. */
async function checkFiles(root: string, { layout, records }: Listing): Promise<void> {
  const present = new Map<string, Set<string>>();
  for (const folder of new Set(records.map(({ path }) => dirname(path)))) {
    const names = await readdir(join(root, folder)).catch(() => []);
    present.set(folder, new Set(names.map((name) => join(folder, name))));
  }
  const missing = records.filter(({ path }) => !present.get(dirname(path))?.has(join(path)));
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
}

/**
 * Lists the labelled images of a folder, however it is laid out.
 *
 * @returns beside the images what a person should know of the rest, in lines
 * @throws UserError where there is no folder, or no image in it, or its layout is incomplete
 */
export async function listImages(root: string): Promise<Listing & { remarks: string[] }> {
  if (!(await isFolder(root))) throw new UserError(`there is no folder ${root}`);
  const remarks = new Remarks();
  const listing = await listByLayout(root, remarks);
  if (!listing || listing.records.length === 0) {
    throw new UserError(
      `${root} holds no images: put them into one sub-folder per class (.jpg, .png, .webp)`,
    );
  }
  await checkFiles(root, listing);
  return { ...listing, remarks: remarks.lines() };
}
