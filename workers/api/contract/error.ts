import * as z from "zod";
import { ERROR_CODES, type ErrorStatus } from "../../http/errors.ts";

/** Every refusal and failure has this shape. */
export const errorSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES).describe("What happened, for programs."),
      message: z.string().describe("What was wrong, where, and the limit, for people."),
      param: z.nullable(z.string()).describe("Where in the request, such as `inputs[2].image`."),
    }),
  })
  .meta({ id: "Error" });

export type ErrorBody = z.infer<typeof errorSchema>;

/** What each status of the API means. */
export const ERRORS = {
  400: "The request is malformed.",
  401: "The API demands a key, and none or a wrong one was sent.",
  403: "The key is of another scope; or the API has no keys, and refuses everything until it has one.",
  404: "There is no such model or route.",
  405: "The route does not take this method.",
  413: "The body, the batch or an image is over a limit.",
  415: "The route does not take this media type.",
  422: "An image does not decode.",
  429: "The key, or the address where there are no keys, asks too often; Retry-After says when to ask again.",
  500: "The Worker failed; its log says why.",
  503: "No model can be loaded just now; Retry-After says when to ask again.",
} as const satisfies Partial<Record<ErrorStatus, string>>;

export type ApiStatus = keyof typeof ERRORS;
