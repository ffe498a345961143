import * as z from "zod";
import { readBase64 } from "./base64.ts";
import type { Settings } from "./env.ts";
import { ApiError } from "./error.ts";
import { parse } from "./parse.ts";

/** One thing to embed: an image, or an embedding that is there already. */
export type Item = { where: string } & (
  { kind: "image"; bytes: () => Uint8Array } | { kind: "embedding"; values: unknown[] }
);

const imageSchema = z.strictObject(
  { image: z.string() },
  {
    error: ({ code }) =>
      code === "invalid_type"
        ? 'expected a base64 string, {"image": string} or {"embedding": numbers}'
        : undefined,
  },
);
/** The numbers are checked when the model says how many there must be. */
const embeddingSchema = z.strictObject({ embedding: z.array(z.unknown()) });

const imageItem = (text: string, where: string): Item => ({
  kind: "image",
  where,
  bytes: () => readBase64(text, where),
});

/**
 * Checks the form of one item of a JSON body; nothing is decoded yet.
 *
 * @param where its place in the request
 * @throws ApiError 400
 */
export function parseItem(value: unknown, where: string): Item {
  if (typeof value === "string") return imageItem(value, where);
  if (typeof value === "object" && value !== null && "embedding" in value) {
    const { embedding } = parse(embeddingSchema, value, where);
    return { kind: "embedding", where, values: embedding };
  }
  return imageItem(parse(imageSchema, value, where).image, where);
}

/** @throws ApiError 413 where a request has too many items, or too many images among them */
export function checkCounts(items: Item[], { MAX_ITEMS, MAX_BATCH }: Settings): void {
  const images = items.filter(({ kind }) => kind === "image");
  const refuse = (found: string, limit: number, where: string) => {
    throw new ApiError(413, "batch_too_large", `${found}; the limit is ${limit}`, where);
  };
  if (items.length > MAX_ITEMS) {
    refuse(`the request has ${items.length} items`, MAX_ITEMS, items[MAX_ITEMS].where);
  }
  if (images.length > MAX_BATCH) {
    refuse(`the request has ${images.length} images`, MAX_BATCH, images[MAX_BATCH].where);
  }
}
