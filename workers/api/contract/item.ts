import * as z from "zod";

/** A PNG of 24 x 16 pixels, for examples. */
export const EXAMPLE_IMAGE =
  "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAKklEQVQ4jWO4I6dBEMmdsCGIGEYNkhvJYaRhdIkgenbHiCAaNchoJIcRAKvnBZ96tO2XAAAAAElFTkSuQmCC";

const textSchema = z.string().meta({
  description: "A JPEG, PNG or WebP in base64, bare or as a data URI. URLs are never fetched.",
});

export const imageSchema = z
  .strictObject(
    { image: textSchema },
    {
      error: ({ code }) =>
        code === "invalid_type"
          ? 'expected a base64 string, {"image": string} or {"embedding": numbers}'
          : undefined,
    },
  )
  .meta({ id: "Image" });

/**
 * The numbers are checked by hand, when the model says how many there must be: a request may bring a
 * million, of which zod would look at each.
 */
export const embeddingSchema = z
  .strictObject({
    embedding: z
      .custom<number[]>((value) => Array.isArray(value), "expected a list of numbers")
      .meta({
        type: "array",
        items: { type: "number" },
        description: "As many numbers as the model's embeddings have, of any length but 0.",
      }),
  })
  .meta({ id: "Embedding" });

/** One thing to embed or to compare. */
export const itemSchema = z
  .union([textSchema, imageSchema, embeddingSchema])
  .meta({ id: "Item", description: "An image, or an embedding that is there already." });

type ItemInput = z.input<typeof itemSchema>;

const itemRef = { $ref: "#/components/schemas/Item" };

/**
 * An item in a request. It is checked by `parseItem` of items.ts with the one of the schemas above that
 * fits: a union would say of a wrong item what is wrong with it as each of the three.
 */
export const anItem = z.custom<ItemInput>().meta(itemRef);

/** One item, or a list of them. */
export const someItems = z
  .custom<ItemInput | ItemInput[]>()
  .meta({ anyOf: [itemRef, { type: "array", minItems: 1, items: itemRef }] });
