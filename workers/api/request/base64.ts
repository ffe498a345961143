import { HttpError } from "../../http/errors.ts";

const fromUrlAlphabet = (text: string) => text.replaceAll("-", "+").replaceAll("_", "/");

/**
 * Decodes a data URI or bare text in base64 or base64url (RFC 4648, 4 and 5), with or without padding.
 *
 * @param where the text's place in the request
 * @throws HttpError 400
 */
export function readBase64(text: string, where: string): Uint8Array<ArrayBuffer> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new HttpError(
      "url_not_allowed",
      `${where} is a URL, and URLs are never fetched: send the image itself in base64`,
      where,
    );
  }
  const [prefix] = /^data:[^,]{0,200};base64,/i.exec(text) ?? [""];
  try {
    const content = text.slice(prefix.length);
    const binary = atob(/[-_]/.test(content) ? fromUrlAlphabet(content) : content);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    throw new HttpError(
      "invalid_base64",
      `${where} is neither base64 nor a data URI in base64`,
      where,
    );
  }
}

/** Encodes float32 values, little-endian, in base64. */
export function writeBase64(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  let binary = "";
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
