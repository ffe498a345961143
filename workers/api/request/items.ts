import { readBase64 } from "./base64.ts";
import { embeddingSchema, imageSchema } from "../contract/item.ts";
import type { Settings } from "../env.ts";
import { HttpError } from "../../http/errors.ts";
import { parse } from "../../http/parse.ts";

/** An image to decode and embed. */
export interface ImageItem {
  kind: "image";
  /** The image's place in the request. */
  where: string;
  /** The bytes of the file. @throws HttpError 400 if they are not in base64 */
  bytes: () => Uint8Array<ArrayBuffer>;
}

/** An image to embed, or an embedding that the client sent. */
export type Item = ImageItem | { kind: "embedding"; where: string; values: unknown[] };

/** An image by the bytes of its file. @param where the image's place in the request */
export const fileItem = (bytes: Uint8Array<ArrayBuffer>, where: string): ImageItem => ({
  kind: "image",
  where,
  bytes: () => bytes,
});

const base64Item = (text: string, where: string): Item => ({
  kind: "image",
  where,
  bytes: () => readBase64(text, where),
});

/**
 * Checks the form of one item of a JSON body, without decoding it.
 *
 * @param where the item's place in the request
 * @throws HttpError 400
 */
export function parseItem(value: unknown, where: string): Item {
  if (typeof value === "string") return base64Item(value, where);
  if (typeof value === "object" && value !== null && "embedding" in value) {
    const { embedding } = parse(embeddingSchema, value, where);
    return { kind: "embedding", where, values: embedding };
  }
  return base64Item(parse(imageSchema, value, where).image, where);
}

/** Checks one item or a list of items, which the contract calls `someItems`. @throws HttpError 400 */
export function parseItems(value: unknown, where: string): Item[] {
  if (!Array.isArray(value)) return [parseItem(value, where)];
  return value.map((item: unknown, i) => parseItem(item, `${where}[${i}]`));
}

/**
 * Checks the number of items of a request.
 *
 * @param list the field that holds the items, for the message
 * @throws HttpError 400 if there are no items, 413 if there are too many items or too many images
 */
export function checkCounts(
  items: Item[],
  { MAX_ITEMS, MAX_BATCH }: Settings,
  list: string | null = null,
): void {
  if (items.length === 0) {
    throw new HttpError("invalid_request", "there is nothing to embed", list);
  }
  const images = items.filter(({ kind }) => kind === "image");
  const refuse = (found: string, limit: number, where: string) => {
    throw new HttpError("batch_too_large", `${found}; the limit is ${limit}`, where);
  };
  if (items.length > MAX_ITEMS) {
    refuse(`the request has ${items.length} items`, MAX_ITEMS, items[MAX_ITEMS]!.where);
  }
  if (images.length > MAX_BATCH) {
    refuse(`the request has ${images.length} images`, MAX_BATCH, images[MAX_BATCH]!.where);
  }
}
