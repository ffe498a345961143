import { readBody } from "./body.ts";
import { HttpError } from "./errors.ts";

/** The media type of a request in lower case, without parameters; empty if it has none. */
export function mediaTypeOf({ headers }: Request): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** The refusal of a media type. @param accepted the media types that the route accepts, as a phrase */
export const unsupported = (request: Request, accepted: string): HttpError =>
  new HttpError(
    "unsupported_media_type",
    `the content type "${mediaTypeOf(request)}" is not ${accepted}`,
  );

/** @throws HttpError 415 unsupported_media_type */
export function demandMediaType(request: Request, expected: string): void {
  if (mediaTypeOf(request) !== expected) throw unsupported(request, expected);
}

/** A key that copies of an object lose, so that a condition under it would be passed over in silence. */
const LOST_KEY = "__proto__";

function refuseLostKey(key: string, value: unknown): unknown {
  if (key === LOST_KEY) throw new Error(`no key may be ${LOST_KEY}`);
  return value;
}

/** Parses a body as JSON in UTF-8. @throws HttpError 400 invalid_json, also where a key is __proto__ */
export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    // Looking at every key takes time that few bodies need; an escape may stand for an underscore.
    const mayHaveLostKey = text.includes(LOST_KEY) || /\\u005f/i.test(text);
    return JSON.parse(text, mayHaveLostKey ? refuseLostKey : undefined) as unknown;
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
    throw new HttpError("invalid_form", "the body is not valid multipart/form-data");
  }
}

/**
 * Reads a form of at most `limit` bytes. Where the body is sent as it is, with its length, which nearly all clients do,
 * the runtime reads it: that takes half of the memory.
 *
 * @throws HttpError 413 body_too_large, 400 invalid_form, and as `readBody`
 */
export async function readForm(request: Request, limit: number): Promise<FormData> {
  const length = request.headers.get("content-length");
  const isPlain = length !== null && !request.headers.has("content-encoding");
  if (!isPlain || Number(length) > limit) return parseForm(request, await readBody(request, limit));
  try {
    return await request.formData();
  } catch {
    throw new HttpError(
      "invalid_form",
      "the body ends too early or is not valid multipart/form-data",
    );
  }
}
