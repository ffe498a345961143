import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { toPixels } from "../../shared/image.ts";
import { UserError } from "../error.ts";
import { decodeImage } from "./decode.ts";

/** Labelled images at the network's input size. */
export interface Dataset {
  /** Class names, sorted; a label is an index into them. */
  classes: string[];
  /** Path of each image below the folder, `<class>/<file>`. */
  paths: string[];
  labels: Int32Array;
  /** RGB bytes, image after image. */
  pixels: Uint8Array;
  width: number;
  height: number;
  /** SHA-256 over the sorted paths and the files' contents. */
  fingerprint: string;
  /** Images that did not decode. */
  skipped: { path: string; reason: string }[];
}

const IMAGE = /\.(jpe?g|png|webp)$/i;

async function listImages(folder: string): Promise<string[]> {
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`there is no folder ${folder}`);
  const paths: string[] = [];
  for (const name of await readdir(folder)) {
    // stat follows links: a class may live elsewhere.
    if (!(await stat(join(folder, name))).isDirectory()) continue;
    const files = await readdir(join(folder, name));
    paths.push(...files.filter((file) => IMAGE.test(file)).map((file) => `${name}/${file}`));
  }
  if (paths.length === 0) {
    throw new UserError(
      `${folder} holds no images: put them into one sub-folder per class (.jpg, .png, .webp)`,
    );
  }
  return paths.sort((a, b) => (a < b ? -1 : 1));
}

/**
 * Reads an image folder, one sub-folder per class. Images that do not decode are left out and named
 * in `skipped`.
 *
 * @param size width and height of the pixels
 * @param progress called after each image
 * @throws UserError when the folder is missing or holds no images
 */
export async function loadFolder(
  folder: string,
  size: { width: number; height: number },
  progress: (done: number, total: number) => void,
): Promise<Dataset> {
  const paths = await listImages(folder);
  const stride = size.width * size.height * 3;
  const pixels = new Uint8Array(paths.length * stride);
  const digests: string[] = [];
  const reasons = new Map<string, string>();
  let next = 0;
  let done = 0;
  // Several at a time: the decoder's threads work on some while one is resampled here.
  const work = async () => {
    while (next < paths.length) {
      const i = next++;
      try {
        const bytes = await readFile(join(folder, paths[i]));
        digests[i] = createHash("sha256").update(bytes).digest("hex");
        pixels.set(toPixels(await decodeImage(bytes), size), i * stride);
      } catch (error) {
        reasons.set(paths[i], (error instanceof Error ? error.message : String(error)).trim());
      }
      progress(++done, paths.length);
    }
  };
  await Promise.all([work(), work(), work()]);

  const kept = paths.flatMap((path, i) => (reasons.has(path) ? [] : [i]));
  kept.forEach((from, to) => pixels.copyWithin(to * stride, from * stride, (from + 1) * stride));
  const className = (i: number) => paths[i].slice(0, paths[i].indexOf("/"));
  const classes = [...new Set(kept.map(className))].sort();
  const index = new Map(classes.map((name, label) => [name, label]));
  const fingerprint = createHash("sha256");
  kept.forEach((i) => fingerprint.update(`${paths[i]}\n${digests[i]}\n`));
  return {
    ...size,
    classes,
    paths: kept.map((i) => paths[i]),
    labels: Int32Array.from(kept, (i) => index.get(className(i)) ?? -1),
    pixels: pixels.subarray(0, kept.length * stride),
    fingerprint: fingerprint.digest("hex"),
    skipped: paths.flatMap((path) => {
      const reason = reasons.get(path);
      return reason === undefined ? [] : [{ path, reason }];
    }),
  };
}
