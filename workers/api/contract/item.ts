import * as z from "zod";

/** A PNG of 24 x 16 pixels for the examples. */
export const EXAMPLE_IMAGE =
  "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAKklEQVQ4jWO4I6dBEMmdsCGIGEYNkhvJYaRhdIkgenbHiCAaNchoJIcRAKvnBZ96tO2XAAAAAElFTkSuQmCC";

const textSchema = z.string().meta({
  description:
    "A JPEG, PNG, WebP, AVIF, HEIC or GIF in base64 or base64url, bare or as a data URI. URLs are never fetched.",
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
 * A given embedding. `embedItems` checks its numbers when the number of dimensions is known: a request may
 * hold a million numbers, and zod is slow on each.
 */
export const embeddingSchema = z
  .strictObject({
    embedding: z
      .custom<number[]>((value) => Array.isArray(value), "expected a list of numbers")
      .meta({
        type: "array",
        items: { type: "number" },
        description:
          "One number per dimension of the model. They need not have length 1, but must not all be 0.",
      }),
  })
  .meta({ id: "Embedding" });

/** One thing to embed or to compare. */
export const itemSchema = z
  .union([textSchema, imageSchema, embeddingSchema])
  .meta({ id: "Item", description: "An image or an embedding." });

type ItemInput = z.input<typeof itemSchema>;

const itemRef = { $ref: "#/components/schemas/Item" };

/**
 * An item in a request. `parseItem` of items.ts checks it with the one schema above that fits, because a
 * union would report the errors of all three.
 */
export const anItem = z.custom<ItemInput>().meta(itemRef);

/** One item or a list of items. */
export const someItems = z
  .custom<ItemInput | ItemInput[]>()
  .meta({ anyOf: [itemRef, { type: "array", minItems: 1, items: itemRef }] });
