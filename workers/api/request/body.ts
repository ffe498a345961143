import { readBody } from "../../http/body.ts";
import { demandMediaType, mediaTypeOf, parseJsonBody, unsupported } from "../../http/content.ts";
import { HttpError } from "../../http/errors.ts";
import type { AppContext } from "../app.ts";
import { isImage } from "../decode/decode.ts";
import { fileItem, type Item } from "./items.ts";

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

/**
 * Reads a body that is an image: one by its bytes, because clients name its type in many ways or not at all.
 *
 * @param accepted the types of content that the route takes, for the message
 * @throws HttpError 400 if it is empty or cut off, 413, 415 if neither its type nor its bytes are those of an image
 */
export async function readImage(c: AppContext, accepted: string): Promise<Item> {
  const { MAX_IMAGE_BYTES, MAX_BODY_BYTES } = c.var.settings;
  const claimsImage = /^(image\/.*|application\/octet-stream|)$/.test(mediaTypeOf(c.req.raw));
  const bytes = await readBytes(c, claimsImage ? MAX_IMAGE_BYTES : MAX_BODY_BYTES);
  if (!claimsImage && !isImage(bytes)) throw unsupported(c.req.raw, accepted);
  return fileItem(bytes, "body");
}
