import { toHex } from "../hex.ts";

/** SHA-256 of bytes, or of the UTF-8 of a text, as 64 lower-case hex digits. */
export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
