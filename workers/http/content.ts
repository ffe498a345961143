import { HttpError } from "./errors.ts";

/** A request's media type in lower case, without parameters; empty where none is given. */
export function mediaTypeOf({ headers }: Request): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** The body's media type is one that the route does not take. @param taken those that it takes, as in a sentence */
export const unsupported = (request: Request, taken: string): HttpError =>
  new HttpError(
    "unsupported_media_type",
    `the content type "${mediaTypeOf(request)}" is not ${taken}`,
  );

/** @throws HttpError 415 unsupported_media_type */
export function demandMediaType(request: Request, expected: string): void {
  if (mediaTypeOf(request) !== expected) throw unsupported(request, expected);
}

/** Parses a body as JSON in UTF-8. @throws HttpError 400 invalid_json */
export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return JSON.parse(text) as unknown;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new HttpError("invalid_json", `the body is not JSON: ${problem}`);
  }
}

/** Parses a body as multipart/form-data. @throws HttpError 400 invalid_form */
export async function parseForm(
  request: Request,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<FormData> {
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  try {
    return await new Response(bytes, { headers }).formData();
  } catch {
    throw new HttpError("invalid_form", "the body is not multipart/form-data as it claims");
  }
}
