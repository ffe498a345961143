import { joined, lengthOf } from "../joined.ts";
import { limited } from "../limited.ts";
import { Reader } from "./boxes.ts";
import type { Items } from "./items.ts";

/** From the file's start, and from the start of its `idat` box. */
const IN_FILE = 0;
const IN_IDAT = 1;

/** A part of an item's data. */
interface Extent {
  item: number;
  data: Uint8Array;
}

function* readExtents(bytes: Uint8Array, { meta }: Items): Generator<Extent> {
  const iloc = new Reader(meta.get("iloc") ?? new Uint8Array());
  const idat = meta.get("idat") ?? new Uint8Array();
  const version = iloc.uint(1);
  iloc.uint(3);
  const sizes = iloc.uint(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const whole = version < 2 ? 2 : 4;
  for (let items = iloc.uint(whole); items > 0; items--) {
    const item = iloc.uint(whole);
    const method = version === 0 ? IN_FILE : iloc.uint(2) & 15;
    iloc.uint(2);
    const base = iloc.uint(baseSize);
    const source = method === IN_IDAT ? idat : bytes;
    for (let extents = iloc.uint(2); extents > 0; extents--) {
      iloc.uint(indexSize);
      const start = base + iloc.uint(offsetSize);
      const length = iloc.uint(lengthSize);
      const data = source.subarray(start, length === 0 ? undefined : start + length);
      if (method === IN_FILE || method === IN_IDAT) yield { item, data };
    }
  }
}

/**
 * The data of each item of a file, part by part (ISO/IEC 14496-12, 8.11.3).
 *
 * @throws Error where that is missing or damaged
 */
export function readData(bytes: Uint8Array, items: Items): Map<number, Uint8Array[]> {
  const all = new Map<number, Uint8Array[]>();
  for (const { item, data } of limited(readExtents(bytes, items), "parts of data")) {
    const known = all.get(item);
    if (known) known.push(data);
    else all.set(item, [data]);
  }
  return all;
}

/** Data in one piece. @throws Error where parts are more than `most` bytes, which a few may say */
export function wholeOf(parts: readonly Uint8Array[], most: number): Uint8Array {
  if (parts.length > 1 && lengthOf(parts) > most) throw new Error("parts of its data overlap");
  return joined(parts);
}
