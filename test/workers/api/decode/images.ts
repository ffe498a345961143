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

/** A JPEG with other bytes from its frame's marker on: marker, two of length, precision, sides, channels. */
export function reframe(
  jpeg: Uint8Array,
  change: {
    marker?: number;
    precision?: number;
    width?: number;
    height?: number;
    channels?: number;
  },
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(jpeg);
  const frame = bytes.findIndex(
    (byte, i) => bytes[i - 1] === 0xff && (byte === 0xc0 || byte === 0xc2),
  );
  const view = new DataView(bytes.buffer);
  const { marker, precision, width, height, channels } = change;
  if (marker !== undefined) bytes[frame] = marker;
  if (precision !== undefined) bytes[frame + 3] = precision;
  if (height !== undefined) view.setUint16(frame + 4, height);
  if (width !== undefined) view.setUint16(frame + 6, width);
  if (channels !== undefined) bytes[frame + 8] = channels;
  return bytes;
}

/** A PNG that claims other sides, with a checksum that fits no longer. */
export function resize(png: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(png);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}
