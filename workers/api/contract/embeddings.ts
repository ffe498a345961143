import * as z from "zod";
import { contract } from "./contract.ts";
import { encodingSchema, vectorSchema } from "./embed.ts";
import { EXAMPLE_IMAGE, someItems } from "./item.ts";

/** The value of `model` that selects the default model. */
export const DEFAULT = "default";

/** Follows https://platform.openai.com/docs/api-reference/embeddings, with images in place of text. */
export const embeddings = contract({
  method: "post",
  path: "/v1/embeddings",
  summary: "Embed images, in the format of OpenAI's API",
  description: "For clients of OpenAI's API. `input` holds images as data URIs or in base64.",
  body: {
    schema: z
      .strictObject({
        model: z
          .string()
          .describe(`\`name\` or \`name@version\`; \`${DEFAULT}\` selects the default model.`),
        input: someItems,
        encoding_format: encodingSchema.default("float"),
        dimensions: z
          .int()
          .optional()
          .describe("If given, it must equal the length of the model's embeddings."),
        user: z.string().optional().describe("Ignored."),
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
        model: z.string().describe("`name@version` of the model."),
        usage: z
          .strictObject({ prompt_tokens: z.int(), total_tokens: z.int() })
          .describe("Always 0: images have no tokens."),
      })
      .meta({ id: "EmbeddingsAnswer" }),
  },
  errors: [400, 404, 413, 415, 422, 503],
});
