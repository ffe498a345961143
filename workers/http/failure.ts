import { HttpError } from "./errors.ts";
import { logError } from "./log.ts";

/**
 * Turns anything that was thrown into an HttpError. Logs an unexpected error and hides it from the client.
 *
 * @param fields describe the request in the log
 */
export function toHttpError(error: unknown, fields: Record<string, string>): HttpError {
  if (error instanceof HttpError) return error;
  logError(error, fields);
  return new HttpError("internal_error", "the Worker failed; its log says why");
}
