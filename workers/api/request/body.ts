import { BodyTooLarge, readBody } from "../../http/body.ts";
import type { AppContext } from "../app.ts";
import { ApiError } from "../error.ts";

/** The request's media type in lower case, without parameters; empty where none is given. */
export function mediaType(c: AppContext): string {
  const [type] = (c.req.header("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

/**
 * Reads the body whole.
 *
 * @throws ApiError 400 where it is empty, or breaks off
 * @throws BodyTooLarge
 */
export async function readBytes(c: AppContext): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBody(c.req.raw, c.var.settings.MAX_BODY_BYTES).catch((error: unknown) => {
    if (error instanceof BodyTooLarge) throw error;
    // The client has gone: that is no fault of the Worker.
    throw new ApiError(400, "incomplete_body", "the body broke off");
  });
  if (bytes.length === 0) throw new ApiError(400, "empty_body", "the body is empty");
  return bytes;
}

/** The body's type is none that the route takes. @param taken those, as in a sentence */
export const unsupported = (c: AppContext, taken: string): ApiError =>
  new ApiError(415, "unsupported_media_type", `the content type "${mediaType(c)}" is not ${taken}`);

/**
 * Reads the body as JSON, whatever type it claims to have.
 *
 * @throws ApiError 400 where it is empty or not JSON
 * @throws BodyTooLarge
 */
export async function readJson(c: AppContext): Promise<unknown> {
  const bytes = await readBytes(c);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return JSON.parse(text) as unknown;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ApiError(400, "invalid_json", `the body is not JSON: ${problem}`);
  }
}

/**
 * Reads the body as JSON.
 *
 * @throws ApiError 400 where it is empty or not JSON, 415 where it claims to be something else
 * @throws BodyTooLarge
 */
export async function readJsonOnly(c: AppContext): Promise<unknown> {
  if (mediaType(c) !== "application/json") throw unsupported(c, "application/json");
  return readJson(c);
}
