import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { UserError } from "../../error.ts";
import { isImageName } from "../extensions.ts";
import { reasonOf } from "../reason.ts";

/** Files and folders that operating systems, file servers and editors make for themselves. */
const TOOL =
  /^(\..*|__MACOSX|__pycache__|@eaDir|lost\+found|\$RECYCLE\.BIN|System Volume Information|(eh)?thumbs\.db|desktop\.ini|Icon\r)$/i;

/** An entry of a folder. Links are followed: a class may live elsewhere. */
export interface Entry {
  name: string;
  kind: "image" | "file" | "folder" | "toolFile" | "toolFolder" | "loop" | "brokenLink";
  isLink: boolean;
}

/** Orders names, so that the Unicode normalisation of the file system does not matter. */
export function compareNames(a: string, b: string): number {
  const [x, y] = [a.normalize(), b.normalize()];
  if (x === y) return a < b ? -1 : a > b ? 1 : 0;
  return x < y ? -1 : 1;
}

/** Whether a path is a folder or lies in it; both are absolute. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way.split(sep)[0] !== ".." && !isAbsolute(way);
}

/** Whether a path is a folder or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** @param here path of the folder, with all links resolved */
async function kindOf(here: string, entry: Dirent): Promise<Entry["kind"]> {
  const path = join(here, entry.name);
  const isTool = TOOL.test(entry.name);
  // A link, or an entry whose file system does not say what it is, is decided by `stat`.
  const found = entry.isFile() || entry.isDirectory() ? entry : await stat(path).catch(() => null);
  if (found?.isDirectory()) {
    if (isTool) return "toolFolder";
    return entry.isDirectory() || !isWithin(here, await realpath(path)) ? "folder" : "loop";
  }
  if (isTool) return "toolFile";
  if (!found) return "brokenLink";
  return isImageName(entry.name) ? "image" : "file";
}

/**
 * Lists a folder, sorted by name.
 *
 * @throws UserError if it cannot be read
 */
export async function entriesOf(folder: string): Promise<Entry[]> {
  try {
    const here = await realpath(folder);
    const entries = await Promise.all(
      (await readdir(here, { withFileTypes: true })).map(async (entry) => ({
        name: entry.name,
        kind: await kindOf(here, entry),
        isLink: entry.isSymbolicLink(),
      })),
    );
    return entries.sort((a, b) => compareNames(a.name, b.name));
  } catch (error) {
    throw new UserError(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  }
}

/** The names of a folder's entries of one kind, sorted. */
export const namesOf = async (folder: string, kind: Entry["kind"]): Promise<string[]> =>
  (await entriesOf(folder)).flatMap((entry) => (entry.kind === kind ? [entry.name] : []));
