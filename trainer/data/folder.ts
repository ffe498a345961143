import { constants } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Frame, wholeSize } from "../../shared/image/frame.ts";
import { UserError } from "../error.ts";
import { findCopies } from "./copies.ts";
import { type Cache, decodeAll } from "./decode/decodeAll.ts";
import { PUSHED_FILE } from "./layouts/pushed.ts";
import type { Skipped } from "./skipped.ts";
import { listImages } from "./layouts/recognise.ts";
import { positionIn } from "../positions.ts";

/** Labelled images at the network's input size, plus the margin that only random views show. */
export interface Dataset extends Frame {
  /** How the folder is laid out, for people. */
  layout: string;
  /** Class names in the order in which they are split; a label is an index into them. */
  classes: string[];
  /** How many of the first classes train, if the data set itself says so. */
  trainClasses?: number;
  /** Path of each image below the folder, sorted. */
  paths: string[];
  labels: Int32Array;
  /** RGB bytes, image after image, of the frame and its margin. */
  pixels: Uint8Array;
  /** SHA-256 over the paths, labels and contents of the files, and trainClasses. */
  fingerprint: string;
  /** Groups of images whose files hold the same bytes. */
  copies: number[][];
  /** Lines that tell a person what else the folder holds. */
  remarks: string[];
  /** Images that did not decode. */
  skipped: Skipped[];
}

const GIB = 2 ** 30;
/** Node 20 allows 4 GiB in one array, newer ones more. */
const MAX_BYTES = Math.min(8 * GIB, constants.MAX_LENGTH);

function allocate(count: number, { width, height }: { width: number; height: number }): Uint8Array {
  const bytes = count * width * height * 3;
  if (bytes > MAX_BYTES) {
    throw new UserError(
      `${count} images of ${width} x ${height} pixels take ${(bytes / GIB).toFixed(1)} GiB of ` +
        `memory; the limit is ${(MAX_BYTES / GIB).toFixed(1)}: choose a smaller --size, or fewer images`,
    );
  }
  // Shared, so that the threads that augment images need no copy.
  return new Uint8Array(new SharedArrayBuffer(bytes));
}

/** An image is not the one that its data set lists. */
export class ChangedImage extends UserError {
  override name = "ChangedImage";
}

/**
 * Reads a folder of labelled images in any of the layouts of `layouts/`. Images that do not decode are
 * left out and named in `skipped`.
 *
 * @param frame what the network reads of an image
 * @param progress called after each image that is decoded
 * @param cache where decoded images are kept for the next run; default: nowhere
 * @throws UserError if the folder is missing, incomplete, without images, or too large for memory; ChangedImage if an
 *   image of a data set from a registry cannot be read, or is another than was pushed
 */
export async function loadFolder(
  folder: string,
  frame: Frame,
  progress: (done: number, total: number) => void,
  cache: Cache | null = null,
): Promise<Dataset> {
  const { fit, decode } = frame;
  const size = wholeSize(frame);
  const { layout, records, trainClasses, remarks } = await listImages(folder);
  const ordered = [...new Set(records.map(({ className }) => className))];
  records.sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = records.map(({ path }) => path);
  const stride = size.width * size.height * 3;
  const pixels = allocate(paths.length, size);
  const { digests, failed } = await decodeAll(
    folder,
    paths,
    pixels,
    { ...size, fit, decode },
    progress,
    cache,
  );

  const changed = records.find(({ sha256 }, i) => sha256 !== undefined && sha256 !== digests[i]);
  if (changed) {
    throw new ChangedImage(
      `${join(folder, changed.path)} is not the image that ${PUSHED_FILE} lists; pull the data set again, or delete ${PUSHED_FILE} to train on the folder as it is`,
    );
  }
  const kept = paths.flatMap((_, i) => (failed.has(i) ? [] : [i]));
  kept.forEach((from, to) => pixels.copyWithin(to * stride, from * stride, (from + 1) * stride));
  // A class of which no image decodes is dropped, and later classes move up.
  const decoded = new Set(kept.map((i) => records[i]!.className));
  const classes = ordered.filter((name) => decoded.has(name));
  const labelOf = positionIn(classes);
  const labels = Int32Array.from(kept, (i) => labelOf(records[i]!.className));
  const firstClasses = trainClasses === undefined ? undefined : ordered.slice(0, trainClasses);
  const trained = firstClasses?.filter((name) => decoded.has(name)).length;
  const fingerprint = createHash("sha256").update(`${trained ?? ""}\n`);
  kept.forEach((i, at) => fingerprint.update(`${paths[i]}\n${labels[at]}\n${digests[i]}\n`));
  return {
    ...frame,
    layout,
    classes,
    trainClasses: trained,
    paths: kept.map((i) => paths[i]!),
    labels,
    pixels: pixels.subarray(0, kept.length * stride),
    fingerprint: fingerprint.digest("hex"),
    copies: findCopies(kept.map((i) => digests[i]!)),
    remarks,
    skipped: paths.flatMap((path, i) => {
      const reason = failed.get(i);
      return reason === undefined ? [] : [{ path, reason }];
    }),
  };
}
