/** Bytes of base64. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export function joinBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The first bytes of a PNG of 12000 x 12000 pixels: signature and header, no pixels. */
export function hugePng(): Uint8Array<ArrayBuffer> {
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const header = new Uint8Array(25);
  const view = new DataView(header.buffer);
  view.setUint32(0, 13);
  header.set(new TextEncoder().encode("IHDR"), 4);
  view.setUint32(8, 12_000);
  view.setUint32(12, 12_000);
  header.set([8, 2], 16);
  return joinBytes(signature, header);
}
