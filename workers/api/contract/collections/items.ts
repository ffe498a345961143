import * as z from "zod";
import { metadataSchema } from "../../../protocol/metadata.ts";
import { contract } from "../contract.ts";
import { vectorSchema } from "../embed.ts";
import { EXAMPLE_IMAGE } from "../item.ts";
import { answeredBy } from "../model.ts";
import { collectionParams, itemParams, nextSchema, pageQuery } from "./params.ts";

/** Most items of a request. */
export const MAX_ITEMS_AT_ONCE = 100;

export const storedItemSchema = z
  .strictObject({
    id: z.string(),
    metadata: metadataSchema,
    sha256: z
      .nullable(z.string())
      .describe("The SHA-256 of its picture; null if an embedding was sent."),
    stored: z.boolean().describe("Whether the collection keeps its picture."),
    embedding: vectorSchema.optional(),
  })
  .meta({ id: "StoredItem" });

/** An item of a request. Each is checked on its own, so that a wrong one does not lose the others. */
const newItem = z.custom<{
  id: string;
  image?: string;
  embedding?: number[];
  metadata?: z.input<typeof metadataSchema>;
}>();

export const putItems = contract({
  method: "post",
  path: "/collections/:collection/items",
  scope: "index",
  summary: "Write items",
  description:
    "Embeds pictures and writes them with their metadata. An id that exists is replaced. The items are durable, " +
    "and found by the next search, when this answers. An item that fails is described in `errors` and does not " +
    "lose the others.",
  params: collectionParams,
  body: {
    schema: z
      .strictObject({
        items: z
          .array(newItem)
          .min(1)
          .meta({
            items: {
              type: "object",
              required: ["id"],
              additionalProperties: false,
              properties: {
                id: { type: "string", description: "1 to 64 bytes of UTF-8." },
                image: { type: "string", description: "A picture as in /embed." },
                embedding: { type: "array", items: { type: "number" } },
                metadata: { $ref: "#/components/schemas/Metadata" },
              },
            },
          }),
      })
      .meta({ id: "NewItems" }),
    files: true,
    examples: {
      one: {
        summary: "One picture",
        value: {
          items: [
            { id: "albatross/1.png", image: EXAMPLE_IMAGE, metadata: { label: "albatross" } },
          ],
        },
      },
    },
  },
  answer: {
    description: "What was written, in the order of the request.",
    schema: z
      .strictObject({
        ...answeredBy,
        results: z.array(
          z.nullable(z.strictObject({ id: z.string(), status: z.enum(["created", "replaced"]) })),
        ),
        errors: z.array(
          z.strictObject({
            index: z.int().describe("The place of the null in `results`."),
            id: z.nullable(z.string()),
            code: z.string(),
            message: z.string(),
          }),
        ),
      })
      .meta({ id: "WrittenItems" }),
  },
  errors: [400, 404, 413, 415, 503, 507],
});

export const listItems = contract({
  method: "get",
  path: "/collections/:collection/items",
  scope: "search",
  summary: "The items of a collection",
  description: "Items in the order of the bytes of their ids, page by page.",
  params: collectionParams,
  query: pageQuery.extend({
    include: z
      .enum(["embedding"])
      .optional()
      .meta({
        description: "`embedding` adds the embeddings, in base64.",
        examples: ["embedding"],
      }),
  }),
  answer: {
    description: "A page of items.",
    schema: z
      .strictObject({
        ...answeredBy,
        items: z.array(storedItemSchema),
        next: nextSchema,
      })
      .meta({ id: "StoredItems" }),
  },
  errors: [400, 404, 503],
});

export const getItem = contract({
  method: "get",
  path: "/collections/:collection/items/:id",
  scope: "search",
  summary: "An item of a collection",
  description: "An item with its embedding.",
  params: itemParams,
  answer: { description: "The item.", schema: storedItemSchema },
  errors: [400, 404, 503],
});

export const deleteItem = contract({
  method: "delete",
  path: "/collections/:collection/items/:id",
  scope: "index",
  summary: "Delete an item",
  description: "Deletes an item and its stored picture.",
  params: itemParams,
  answer: {
    description: "It is deleted.",
    schema: z.strictObject({ deleted: z.string() }).meta({ id: "DeletedItem" }),
  },
  errors: [400, 404, 503],
});
