import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { UserError } from "../../error.ts";
import { reasonOf } from "../reason.ts";
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
  /** Of what a link leads to. */
  kind: "file" | "folder" | "nothing";
  isLink: boolean;
}

async function toEntry(folder: string, entry: Dirent): Promise<Entry> {
  const { name } = entry;
  const isLink = entry.isSymbolicLink();
  if (entry.isFile()) return { name, isLink, kind: "file" };
  if (entry.isDirectory()) return { name, isLink, kind: "folder" };
  // A link, or an entry of a file system that does not say what its entries are.
  const target = await stat(join(folder, name)).catch(() => null);
  if (!target) return { name, isLink, kind: "nothing" };
  return { name, isLink, kind: target.isDirectory() ? "folder" : "file" };
}

/**
 * What a folder holds, sorted by name; links are followed: a class may live elsewhere.
 *
 * @throws UserError where it cannot be read
 */
export async function entriesOf(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UserError(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  });
  const known = await Promise.all(entries.map((entry) => toEntry(folder, entry)));
  return known.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of the folders that may be classes. */
export const subfolders = async (folder: string): Promise<string[]> =>
  (await entriesOf(folder)).flatMap(({ name, kind }) =>
    kind === "folder" && !TOOL.test(name) ? [name] : [],
  );

/** Whether a folder has images that lie in no folder of their own. */
export const hasImages = async (folder: string): Promise<boolean> =>
  (await entriesOf(folder)).some(
    ({ name, kind }) => kind === "file" && IMAGE.test(name) && !TOOL.test(name),
  );

/** Whether a path is a folder or lies in it; both are absolute. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way.split(sep)[0] !== ".." && !isAbsolute(way);
}

/** Lists class folders; `remarks` are told what is not used. */
class ClassFolders {
  /** @param base holds the class folders: "", or a path below the root that ends in "/" */
  constructor(
    private readonly root: string,
    private readonly base: string,
    private readonly remarks: Remarks,
  ) {}

  async records(): Promise<Listing["records"]> {
    const records: Listing["records"] = [];
    for (const className of await this.names()) {
      const folder = `${this.base}${className}/`;
      const entries = await this.entries(folder).catch(() => null);
      if (!entries) this.remarks.add("unreadable", this.base + className);
      for (const { name } of entries ?? []) {
        if (IMAGE.test(name)) records.push({ path: folder + name, className });
      }
    }
    return records;
  }

  /** Of the class folders, each of them once. */
  private async names(): Promise<string[]> {
    const folders = (await this.entries(this.base)).filter(({ kind }) => kind === "folder");
    const here = await realpath(join(this.root, this.base));
    const listed = new Set(
      folders.flatMap(({ name, isLink }) => (isLink ? [] : [join(here, name)])),
    );
    const names: string[] = [];
    for (const { name, isLink } of folders) {
      const place = isLink && (await realpath(join(here, name)));
      if (place && isWithin(here, place)) this.remarks.add("loops", this.base + name);
      else if (place && listed.has(place)) this.remarks.add("aliases", this.base + name);
      else names.push(name);
      if (place) listed.add(place);
    }
    return names;
  }

  /** Those that are neither another program's nor lead nowhere. @param path "" or it ends in "/" */
  private async entries(path: string): Promise<Entry[]> {
    const entries = await entriesOf(join(this.root, path));
    return entries.filter(({ name, kind }) => {
      if (TOOL.test(name)) {
        this.remarks.add(kind === "folder" ? "toolFolders" : "toolFiles", path + name);
      } else if (kind === "nothing") this.remarks.add("brokenLinks", path + name);
      else return true;
      return false;
    });
  }
}

/**
 * Lists the images of class folders, by class.
 *
 * @param base holds the class folders: "", or a path below the root that ends in "/"
 * @param remarks are told what is not used
 */
export const listClasses = (
  root: string,
  base: string,
  remarks: Remarks,
): Promise<Listing["records"]> => new ClassFolders(root, base, remarks).records();
