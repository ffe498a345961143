import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Remarks } from "../remarks.ts";
import { entriesOf, type Entry } from "./entries.ts";
import type { Listing } from "./listing.ts";

/** Remarks on an entry that no layout reads. @param folder "", or a path that ends in "/" */
function remark(folder: string, { name, kind }: Entry, remarks: Remarks): void {
  if (kind === "toolFile" || kind === "toolFolder" || kind === "loop" || kind === "brokenLink") {
    remarks.add(kind, folder + name);
  }
}

/** Names of the class folders below a base, each folder once. */
async function classesIn(root: string, base: string, remarks: Remarks): Promise<string[]> {
  const folders: Entry[] = [];
  for (const entry of await entriesOf(join(root, base))) {
    if (entry.kind === "folder") folders.push(entry);
    else if (entry.kind === "image") remarks.add("outside", base + entry.name);
    else remark(base, entry, remarks);
  }
  const here = await realpath(join(root, base));
  const listed = new Set(folders.flatMap(({ name, isLink }) => (isLink ? [] : [join(here, name)])));
  const names: string[] = [];
  for (const { name, isLink } of folders) {
    const place = isLink && (await realpath(join(here, name)));
    if (place && listed.has(place)) remarks.add("alias", base + name);
    else names.push(name);
    if (place) listed.add(place);
  }
  return names;
}

/** Names of the images in a class folder. @param folder below the root */
async function imagesOf(root: string, folder: string, remarks: Remarks): Promise<string[]> {
  const entries = await entriesOf(join(root, folder)).catch(() => null);
  if (!entries) {
    remarks.add("unreadable", folder);
    return [];
  }
  const images: string[] = [];
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.kind === "image") images.push(entry.name);
    else if (entry.kind === "file") remarks.add("otherFile", path);
    else if (entry.kind === "folder") remarks.add("nested", path);
    else remark(`${folder}/`, entry, remarks);
  }
  if (images.length === 0) remarks.add("empty", folder);
  return images;
}

/**
 * Lists the images of class folders, by class.
 *
 * @param base holds the class folders: "", or a path below the root that ends in "/"
 * @param remarks receives what is not used
 */
export async function listClasses(
  root: string,
  base: string,
  remarks: Remarks,
): Promise<Listing["records"]> {
  const records: Listing["records"] = [];
  for (const className of await classesIn(root, base, remarks)) {
    const folder = base + className;
    for (const name of await imagesOf(root, folder, remarks)) {
      records.push({ path: `${folder}/${name}`, className });
    }
  }
  return records;
}

/**
 * Remarks on what lies in the root although the class folders lie deeper.
 *
 * @param read names of the folders in the root that are read
 */
export async function remarkBeside(
  root: string,
  read: readonly string[],
  remarks: Remarks,
): Promise<void> {
  for (const entry of await entriesOf(root)) {
    if (entry.kind === "image") remarks.add("outside", entry.name);
    else if (entry.kind === "folder" && !read.includes(entry.name)) {
      remarks.add("beside", entry.name);
    } else remark("", entry, remarks);
  }
}
