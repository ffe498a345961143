import * as z from "zod";

/** `?model=`, which select.ts reads. */
export const modelQuery = z.object({
  model: z
    .string()
    .optional()
    .meta({
      description: "The model that answers, as `name` or `name@version`; else the default one.",
      examples: ["emoji"],
    }),
});

/** The model that has answered: every answer begins with these. */
export const answeredBy = {
  model: z.string().describe("The model's name."),
  version: z.string().describe("Its version, 16 hex digits of a SHA-256 of its content."),
};
