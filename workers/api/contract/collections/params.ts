import * as z from "zod";
import { itemIdSchema } from "../../../protocol/metadata.ts";

export const collectionNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    "a collection's name: lower-case letters, digits and -, at most 63",
  );

export const collectionParams = z.object({
  collection: collectionNameSchema.meta({
    description: "The name of the collection.",
    examples: ["birds"],
  }),
});

export const itemParams = collectionParams.extend({
  id: itemIdSchema.meta({
    description: "The id of the item, percent-encoded.",
    examples: ["albatross/1.jpg"],
  }),
});

/** How many entries a page of a list has, unless the request says. */
export const PAGE = 100;
const MAX_PAGE = 1000;

export const pageQuery = z.object({
  after: z
    .string()
    .optional()
    .meta({
      description: "Begin behind this entry: the `next` of the page before.",
      examples: ["albatross/1.jpg"],
    }),
  limit: z.coerce
    .number()
    .pipe(z.int().min(1).max(MAX_PAGE))
    .optional()
    .meta({
      description: `The most entries, at most ${MAX_PAGE}; ${PAGE} if not given.`,
      examples: [100],
    }),
});

/** The last field of a page. */
export const nextSchema = z
  .nullable(z.string())
  .describe("What `after` is for the next page; null if this is the last one.");
