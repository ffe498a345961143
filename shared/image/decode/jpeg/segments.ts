/** Markers of ITU-T T.81, table B.1. */
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;

/** Markers without a length: TEM, RST0 to RST7, and a second SOI. */
const isBare = (marker: number) =>
  marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7) || marker === SOI;

/** SOF0 to SOF15; between them lie DHT, JPG and DAC. */
export const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;

/** A part of a JPEG. */
export interface Segment {
  marker: number;
  /** Where its 0xff stands, and where it ends; that of a scan with the scan's data. */
  start: number;
  end: number;
}

/** Where the next marker's 0xff stands after entropy-coded data, in which 0xff 0x00 is a byte. */
function skipScan(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 === bytes.length) return bytes.length;
    const next = bytes[at + 1]!;
    if (next !== 0x00 && next !== 0xff && !isBare(next)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

/**
 * A JPEG's segments up to its end (ITU-T T.81, annex B). Bytes between them that are no marker are
 * skipped, as decoders do; bytes after the end belong to something else (a second picture, a trailer).
 *
 * @throws Error where it is cut off
 */
export function* readSegments(bytes: Uint8Array): Generator<Segment> {
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0x00 || isBare(marker)) {
      at += 2;
      continue;
    }
    if (marker === EOI) return;
    if (at + 4 > bytes.length) break;
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const body = at + 2 + length;
    if (length < 2 || body > bytes.length) break;
    const end = marker === SOS ? skipScan(bytes, body) : body;
    yield { marker, start: at, end };
    at = end;
  }
  throw new Error("it is cut off");
}
