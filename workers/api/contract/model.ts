import * as z from "zod";

/** The query `?model=`, which select.ts reads. */
export const modelQuery = z.object({
  model: z
    .string()
    .optional()
    .meta({
      description: "`name` or `name@version` of a model. If not given, the default model answers.",
      examples: ["emoji"],
    }),
});

/** The first fields of every answer: the model that computed it. */
export const answeredBy = {
  model: z.string().describe("The model's name."),
  version: z.string().describe("The model's version: 16 hex digits of the SHA-256 of its content."),
};
