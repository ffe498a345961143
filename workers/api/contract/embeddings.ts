import * as z from "zod";
import { contract } from "./contract.ts";
import { encodingSchema, vectorSchema } from "./embed.ts";
import { EXAMPLE_IMAGE, someItems } from "./item.ts";

/** The `model` that stands for the default one. */
export const DEFAULT = "default";

/** As https://platform.openai.com/docs/api-reference/embeddings, with images for text. */
export const embeddings = contract({
  method: "post",
  path: "/v1/embeddings",
  summary: "Embed images, in the shape of OpenAI's API",
  description:
    "For programs that speak OpenAI's API: `input` are images as data URIs or in base64.",
  body: {
    schema: z
      .strictObject({
        model: z
          .string()
          .describe(
            `The model, as \`name\` or \`name@version\`; \`${DEFAULT}\` is the default one.`,
          ),
        input: someItems,
        encoding_format: encodingSchema.default("float"),
        dimensions: z.int().optional().describe("If given, that of the model's embeddings."),
        user: z.string().optional().describe("Not used."),
      })
      .meta({ id: "EmbeddingsRequest" }),
    examples: {
      one: {
        summary: "One image",
        value: { model: DEFAULT, input: `data:image/png;base64,${EXAMPLE_IMAGE}` },
      },
    },
  },
  answer: {
    description: "The embeddings.",
    schema: z
      .strictObject({
        object: z.literal("list"),
        data: z.array(
          z.strictObject({
            object: z.literal("embedding"),
            index: z.int(),
            embedding: vectorSchema,
          }),
        ),
        model: z.string().describe("`name@version` of the model that has answered."),
        usage: z
          .strictObject({ prompt_tokens: z.int(), total_tokens: z.int() })
          .describe("Always 0: images have no tokens."),
      })
      .meta({ id: "EmbeddingsAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
