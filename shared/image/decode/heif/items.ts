import { limited } from "../limited.ts";
import { type Box, readBoxes, Reader } from "./boxes.ts";

/** The boxes of a file's `meta` box by their type. @throws Error where there is none */
function readMeta(bytes: Uint8Array): Map<string, Uint8Array> {
  for (const { type, data } of limited(readBoxes(bytes), "boxes")) {
    // Version and flags are before its boxes.
    if (type === "meta") return byType(readBoxes(data.subarray(4)));
  }
  throw new Error("it holds no still picture, or is cut off");
}

function byType(boxes: Iterable<Box>): Map<string, Uint8Array> {
  return new Map(Array.from(limited(boxes, "boxes"), ({ type, data }) => [type, data]));
}

/** @throws Error where there is no such box */
function reader(boxes: Map<string, Uint8Array>, type: string): Reader {
  const data = boxes.get(type);
  if (!data) throw new Error(`it has no ${type} box, or is cut off`);
  return new Reader(data);
}

function readTypes(meta: Map<string, Uint8Array>): Map<number, string> {
  const info = reader(meta, "iinf");
  const version = info.uint(4) >> 24;
  info.uint(version === 0 ? 2 : 4);
  const types = new Map<number, string>();
  for (const { type, data } of limited(readBoxes(info.rest), "boxes")) {
    if (type !== "infe") continue;
    const entry = new Reader(data);
    const id = entry.uint(4) >> 24 === 2 ? entry.uint(2) : entry.uint(4);
    entry.uint(2);
    types.set(id, entry.text(4));
  }
  return types;
}

/** The type of each item of a file, by its number: `av01`, `hvc1`, `grid`. */
export const itemTypes = (bytes: Uint8Array): Map<number, string> => readTypes(readMeta(bytes));

/** The places of an item's properties among those of the file, from 1, in the order in which they apply. */
function associations(ipma: Reader, item: number): number[] {
  const version = ipma.uint(1);
  const bytes = ipma.uint(3) & 1 ? 2 : 1;
  const places: number[] = [];
  for (let entries = ipma.uint(4); entries > 0; entries--) {
    const id = ipma.uint(version === 0 ? 2 : 4);
    for (let count = ipma.uint(1); count > 0; count--) {
      // The first bit says whether a reader must know the property.
      const place = ipma.uint(bytes) & (bytes === 2 ? 0x7fff : 0x7f);
      if (id === item) places.push(place);
    }
  }
  return places;
}

/** The picture that a file shows. */
export interface PrimaryItem {
  type: string;
  /** Its properties in the order in which they apply. */
  properties: Box[];
  /** Those of all pictures of the file: of its parts, its alpha and its thumbnail too. */
  all: Box[];
}

/**
 * Reads which of a file's items is its picture, and what it says of it (ISO/IEC 23008-12, 6 and 9.3).
 *
 * @throws Error where that is missing, cut off or damaged
 */
export function readPrimary(bytes: Uint8Array): PrimaryItem {
  const meta = readMeta(bytes);
  const pitm = reader(meta, "pitm");
  const item = pitm.uint(pitm.uint(4) >> 24 === 0 ? 2 : 4);
  const iprp = byType(readBoxes(reader(meta, "iprp").rest));
  const all = [...limited(readBoxes(reader(iprp, "ipco").rest), "boxes")];
  const properties = associations(reader(iprp, "ipma"), item).flatMap((place) => {
    const box = all[place - 1];
    return box ? [box] : [];
  });
  return { type: readTypes(meta).get(item) ?? "", properties, all };
}
