import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const IMAGE = /\.(jpe?g|png|webp)$/i;

/** Whether a path is a folder or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** Names of the folders in a folder, sorted; links are followed: a class may live elsewhere. */
export async function subfolders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(folder)) {
    if (await isFolder(join(folder, name))) names.push(name);
  }
  return names.sort();
}

/** Names of the images in a folder, sorted. */
export async function imagesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => IMAGE.test(file)).sort();
}
