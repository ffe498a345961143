import { readBody } from "../../http/body.ts";
import { demandMediaType, parseJsonBody } from "../../http/content.ts";
import { HttpError } from "../../http/errors.ts";
import type { AppContext } from "../app.ts";

/**
 * Reads the whole body.
 *
 * @param limit in bytes
 * @throws HttpError 400 if it is empty or cut off, 413
 */
export async function readBytes(
  c: AppContext,
  limit: number = c.var.settings.MAX_BODY_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBody(c.req.raw, limit);
  if (bytes.length === 0) throw new HttpError("empty_body", "the body is empty");
  return bytes;
}

/** Reads the body as JSON. @throws HttpError 400 if it is empty or not JSON, 413, 415 */
export async function readJson(c: AppContext): Promise<unknown> {
  demandMediaType(c.req.raw, "application/json");
  return parseJsonBody(await readBytes(c));
}
