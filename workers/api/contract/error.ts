import * as z from "zod";
import { ERROR_CODES, type ErrorStatus } from "../../http/errors.ts";

/** The body of every error. */
export const errorSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES).describe("The kind of error, for programs."),
      message: z.string().describe("The problem, its place and the limit, for people."),
      param: z
        .nullable(z.string())
        .describe("The place in the request, such as `inputs[2].image`."),
    }),
  })
  .meta({ id: "Error" });

export type ErrorBody = z.infer<typeof errorSchema>;

/** The meaning of each status of the API. */
export const ERRORS = {
  400: "The request is malformed.",
  401: "A key is required, and none or a wrong one was sent.",
  403: "The key has another scope, or the Worker has no keys and therefore refuses all requests.",
  404: "The model, collection, item or route does not exist.",
  405: "The route does not accept this method.",
  409: "The collection exists already, and is another one.",
  413: "The body, the batch or an image is over a limit.",
  415: "The route does not accept this media type.",
  422: "An image does not decode.",
  429: "The key or address sends too many requests; `Retry-After` says when to try again.",
  500: "The Worker failed; its log says why.",
  503: "No model can be loaded now; `Retry-After` says when to try again.",
  507: "The collection is full.",
} as const satisfies Partial<Record<ErrorStatus, string>>;

export type ApiStatus = keyof typeof ERRORS;
