import * as z from "zod";

/** What an item that cannot be embedded does to its request. */
export const onErrorSchema = z
  .enum(["fail", "skip"])
  .describe(
    "What an image that cannot be embedded does: `fail` refuses the request, `skip` puts null in its " +
      "place and describes it in `errors`.",
  );

export const skippedSchema = z
  .array(
    z.strictObject({
      index: z.int().describe("The place of the null in the lists of the answer."),
      code: z.string().describe("The kind of error, as in the error of a refused request."),
      message: z.string(),
    }),
  )
  .optional()
  .meta({
    id: "Skipped",
    description: 'What was skipped, with `"on_error": "skip"` alone.',
  });
