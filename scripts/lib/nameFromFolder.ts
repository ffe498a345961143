import { basename, dirname, resolve } from "node:path";

/** Makes a name from the path of a folder: photos/My Birds/images -> my-birds. */
export function nameFromFolder(folder: string): string {
  const path = resolve(folder);
  const name = basename(basename(path) === "images" ? dirname(path) : path);
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
