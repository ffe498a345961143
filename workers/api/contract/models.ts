import * as z from "zod";
import { contract } from "./contract.ts";

/** Follows https://platform.openai.com/docs/api-reference/models/list. */
export const models = contract({
  method: "get",
  path: "/v1/models",
  summary: "The models that answer, in the format of OpenAI's API",
  description: "Every model with a version in the channel that this Worker serves.",
  answer: {
    description: "The models, in the order of their names.",
    schema: z
      .strictObject({
        object: z.literal("list"),
        data: z.array(
          z.strictObject({
            id: z.string().describe("The model's name, for `model`."),
            object: z.literal("model"),
            created: z.int().describe("When its current version was promoted, in Unix seconds."),
            owned_by: z.string(),
          }),
        ),
      })
      .meta({ id: "Models" }),
  },
  errors: [],
});
