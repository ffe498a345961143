import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Remarks } from "../remarks.ts";
import type { Listing } from "./listing.ts";

const IMAGE = /\.(jpe?g|png|webp)$/i;

/** Names that operating systems, file servers and editors give to files and folders of their own. */
const TOOL =
  /^(\..*|__MACOSX|__pycache__|@eaDir|lost\+found|\$RECYCLE\.BIN|System Volume Information|(eh)?thumbs\.db|desktop\.ini|Icon\r)$/i;

/** Whether a path is a folder or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

interface Entry {
  name: string;
  isFolder: boolean;
}

/** What a folder holds, sorted by name; links are followed: a class may live elsewhere. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const toEntry = async (entry: Dirent) => ({
    name: entry.name,
    isFolder: entry.isFile()
      ? false
      : entry.isDirectory() || (await isFolder(join(folder, entry.name))),
  });
  const entries = await Promise.all((await readdir(folder, { withFileTypes: true })).map(toEntry));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of the folders that may be classes. */
export const subfolders = async (folder: string): Promise<string[]> =>
  (await entriesOf(folder)).flatMap(({ name, isFolder }) =>
    isFolder && !TOOL.test(name) ? [name] : [],
  );

/** Whether a folder has images that lie in no folder of their own. */
export const hasImages = async (folder: string): Promise<boolean> =>
  (await entriesOf(folder)).some(
    ({ name, isFolder }) => !isFolder && IMAGE.test(name) && !TOOL.test(name),
  );

/**
 * Lists the images of class folders, by class.
 *
 * @param base holds the class folders: "", or a path below the root that ends in "/"
 * @param remarks are told what is not used
 */
export async function listClasses(
  root: string,
  base: string,
  remarks: Remarks,
): Promise<Listing["records"]> {
  /** The entries of a folder that are not another program's. @param path "" or it ends in "/" */
  const own = async (path: string) =>
    (await entriesOf(join(root, path))).filter(({ name, isFolder }) => {
      if (!TOOL.test(name)) return true;
      remarks.add(isFolder ? "toolFolders" : "toolFiles", path + name);
      return false;
    });
  const records: Listing["records"] = [];
  for (const { name: className, isFolder } of await own(base)) {
    if (!isFolder) continue;
    const folder = `${base}${className}/`;
    for (const { name } of await own(folder)) {
      if (IMAGE.test(name)) records.push({ path: folder + name, className });
    }
  }
  return records;
}
