import { BodyTooLarge } from "../http/body.ts";
import { logError } from "../http/log.ts";
import type { ErrorStatus } from "./contract/error.ts";

/** Of a name, a path or a type that was sent, an error repeats no more than this. */
const LONGEST_TEXT = 300;

const shorten = (text: string) =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;

/** A request cannot be answered. Everything a handler refuses, it refuses by throwing one. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly param: string | null;

  /**
   * @param code what happened, for programs
   * @param message what was wrong, where, and the limit, for people
   * @param param where in the request, e.g. `inputs[2]`
   */
  constructor(
    readonly status: ErrorStatus,
    readonly code: string,
    message: string,
    param: string | null = null,
  ) {
    super(shorten(message));
    this.param = param === null ? null : shorten(param);
  }
}

/**
 * The ApiError for anything thrown. What nobody foresaw is logged, and not told to the client.
 *
 * @param fields about the request, for the log
 */
export function toApiError(error: Error, fields: Record<string, string>): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof BodyTooLarge) return new ApiError(413, "body_too_large", error.message);
  logError(error, fields);
  return new ApiError(500, "internal_error", "the Worker failed; its log says why");
}
