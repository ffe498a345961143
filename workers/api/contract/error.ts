import * as z from "zod";

/** How every refusal and failure looks. */
export const errorSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe("What happened, for programs."),
      message: z.string().describe("What was wrong, where, and the limit, for people."),
      param: z.nullable(z.string()).describe("Where in the request, such as `inputs[2].image`."),
    }),
  })
  .meta({ id: "Error" });

export type ErrorBody = z.infer<typeof errorSchema>;

/** What each status means. */
export const ERRORS = {
  400: "The request is malformed.",
  401: "A key is demanded, and none or a wrong one was sent.",
  403: "The key is of another scope.",
  404: "There is no such model or route.",
  405: "The route does not take this method.",
  413: "The body, the batch or an image is over a limit.",
  415: "The route does not take this media type.",
  422: "An image does not decode.",
  429: "The key, or the address where there are no keys, asks too often; Retry-After says when to ask again.",
  500: "The Worker failed; its log says why.",
  503: "No model can be loaded just now; Retry-After says when to ask again.",
} as const;

export type ErrorStatus = keyof typeof ERRORS;
