import { PackageError } from "../../shared/package/error.ts";
import { BodyTooLarge } from "../http/body.ts";
import { logError } from "../http/log.ts";

/** What a request gets instead of an answer. Every refusal of the registry is one of these. */
export class HttpError extends Error {
  override name = "HttpError";
  constructor(
    readonly status: number,
    /** For programs: stable, in snake_case. */
    readonly code: string,
    message: string,
    readonly more: { param?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
  }
}

function toHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof BodyTooLarge) return new HttpError(413, "body_too_large", error.message);
  if (error instanceof PackageError) {
    return new HttpError(422, error.fault.replaceAll("-", "_"), error.message);
  }
  return undefined;
}

/** The one shape of a refusal. What nobody foresaw is logged, and tells the client nothing. */
export function errorResponse(error: unknown, request: Request): Response {
  let refusal = toHttpError(error);
  if (!refusal) {
    logError(error, { method: request.method, path: new URL(request.url).pathname });
    refusal = new HttpError(500, "internal", "the registry failed; its log says why");
  }
  const { status, code, message, more } = refusal;
  return Response.json(
    { error: { code, message, param: more.param ?? null } },
    { status, headers: more.headers },
  );
}
