import { HttpError } from "./errors.ts";
import { logError } from "./log.ts";

/**
 * The HttpError for anything that was thrown. An unforeseen error is logged, and the client learns
 * nothing about it.
 *
 * @param fields about the request, for the log
 */
export function toHttpError(error: unknown, fields: Record<string, string>): HttpError {
  if (error instanceof HttpError) return error;
  logError(error, fields);
  return new HttpError("internal_error", "the Worker failed; its log says why");
}
