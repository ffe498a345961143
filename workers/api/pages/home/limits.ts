import type { Info } from "./answers.ts";
import type { Picture } from "./picture.ts";

/** What fits into a request and onto the page. */

type Limits = Info["limits"];

/** More rows and columns than this are not readable. */
const READABLE = 64;

/** An upper bound on what multipart adds to a file. */
const FORM_BYTES = 1024;

/** An upper bound on the length of a number in JSON, with its comma. */
const NUMBER_BYTES = 26;

/** What the API limits unless it is configured otherwise, for keys that may not read /info. */
export const USUAL: Limits = {
  body_bytes: 10_000_000,
  images: 32,
  items: 1000,
  pixels: 12_800_000,
};

/** The most images that the page compares. */
export const mostPictures = ({ images }: Limits): number => Math.min(images, READABLE);

/** The largest file, in bytes. */
export const mostBytes = ({ body_bytes }: Limits): number => body_bytes - FORM_BYTES;

/** Splits pictures, in order, into groups that fit into one request to /embed. */
export function groupPictures<T extends Pick<Picture, "file">>(
  pictures: readonly T[],
  { images, body_bytes }: Limits,
): T[][] {
  const groups: T[][] = [];
  let room = 0;
  for (const picture of pictures) {
    const size = picture.file.size + FORM_BYTES;
    if (size > room || groups[groups.length - 1]!.length === images) {
      groups.push([]);
      room = body_bytes;
    }
    groups[groups.length - 1]!.push(picture);
    room -= size;
  }
  return groups;
}

/** The number of pairs of embeddings that fit into one request to /similarity. */
export function pairsPerRequest({ items, body_bytes }: Limits, dimensions: number): number {
  const pairBytes = 2 * dimensions * NUMBER_BYTES;
  return Math.max(1, Math.min(Math.floor(items / 2), Math.floor(body_bytes / pairBytes)));
}
