import * as z from "zod";
import { contract } from "./contract.ts";
import { EXAMPLE_IMAGE, someItems } from "./item.ts";
import { answeredBy, modelQuery } from "./model.ts";
import { onErrorSchema, skippedSchema } from "./onError.ts";

export const encodingSchema = z
  .enum(["float", "base64"])
  .describe("The format of embeddings: lists of numbers, or little-endian float32 in base64.");

export const vectorSchema = z.union([z.array(z.number()), z.string()]).meta({
  id: "Vector",
  description: "A unit vector: a list of numbers, or little-endian float32 in base64.",
});

export const embed = contract({
  method: "post",
  path: "/embed",
  summary: "Embed images",
  description: "Unit vectors of images, in the order of the request.",
  query: modelQuery,
  body: {
    schema: z
      .strictObject({
        inputs: someItems,
        encoding_format: encodingSchema.default("float"),
        on_error: onErrorSchema.default("fail"),
      })
      .meta({ id: "EmbedRequest" }),
    files: true,
    examples: {
      one: { summary: "One image", value: { inputs: EXAMPLE_IMAGE } },
      several: {
        summary: "Several images, with an answer in base64",
        value: {
          inputs: [{ image: EXAMPLE_IMAGE }, `data:image/png;base64,${EXAMPLE_IMAGE}`],
          encoding_format: "base64",
        },
      },
    },
  },
  answer: {
    description: "The embeddings.",
    schema: z
      .strictObject({
        ...answeredBy,
        dimensions: z.int().describe("The length of an embedding."),
        embeddings: z.array(z.nullable(vectorSchema)),
        errors: skippedSchema,
      })
      .meta({ id: "EmbedAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
