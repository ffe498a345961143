import { limited } from "../limited.ts";
import { type Box, readBoxes, Reader } from "./boxes.ts";

type Boxes = Map<string, Uint8Array>;

/** The boxes of a file's `meta` box by their type. @throws Error where there is none */
function readMeta(bytes: Uint8Array): Boxes {
  for (const { type, data } of limited(readBoxes(bytes), "boxes")) {
    // Version and flags are before its boxes.
    if (type === "meta") return byType(readBoxes(data.subarray(4)));
  }
  throw new Error("it holds no still picture, or is cut off");
}

function byType(boxes: Iterable<Box>): Boxes {
  return new Map(Array.from(limited(boxes, "boxes"), ({ type, data }) => [type, data]));
}

/** @throws Error where there is no such box */
function reader(boxes: Boxes, type: string): Reader {
  const data = boxes.get(type);
  if (!data) throw new Error(`it has no ${type} box, or is cut off`);
  return new Reader(data);
}

function readTypes(meta: Boxes): Map<number, string> {
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

/** The first bit of a property's place says whether a reader must know the property. */
const MUST_KNOW = 0x8000;

/**
 * Each item with the place of a property of its among those of the file, from 1, in the order in which they
 * apply, and the first bit.
 */
function* readAssociations(ipma: Reader): Generator<[item: number, place: number]> {
  const version = ipma.uint(1);
  const bytes = ipma.uint(3) & 1 ? 2 : 1;
  for (let entries = ipma.uint(4); entries > 0; entries--) {
    const id = ipma.uint(version === 0 ? 2 : 4);
    for (let count = ipma.uint(1); count > 0; count--) {
      const place = ipma.uint(bytes);
      yield [id, bytes === 2 ? place : (place & 0x7f) | ((place & 0x80) << 8)];
    }
  }
}

function* readAllAssociations(lists: readonly Box[]) {
  for (const { data } of lists) yield* readAssociations(new Reader(data));
}

/** The items of a HEIF file, and what it says of them (ISO/IEC 23008-12, 6 and 9.3). */
export interface Items {
  /** The item that is the file's picture. */
  primary: number;
  /** The type of each. */
  types: ReadonlyMap<number, string>;
  /** The properties of an item in the order in which they apply. */
  propertiesOf: (item: number) => Box[];
  /** Those of all items: of the picture's parts, its alpha and its thumbnail too. */
  all: Box[];
  /** By item: the places of its properties in `all`, from 1; 0x8000 is added where a reader must know one. */
  associations: ReadonlyMap<number, readonly number[]>;
  /** How many boxes hold the associations. */
  lists: number;
  /** The boxes of the `meta` box. */
  meta: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads which items a file has.
 *
 * @throws Error where that is missing, cut off or damaged
 */
export function readItems(bytes: Uint8Array): Items {
  const meta = readMeta(bytes);
  const pitm = reader(meta, "pitm");
  const primary = pitm.uint(pitm.uint(4) >> 24 === 0 ? 2 : 4);
  const inside = [...limited(readBoxes(reader(meta, "iprp").rest), "boxes")];
  const iprp = byType(inside);
  const all = [...limited(readBoxes(reader(iprp, "ipco").rest), "boxes")];
  const lists = inside.filter(({ type }) => type === "ipma");
  if (lists.length === 0) throw new Error("it has no ipma box, or is cut off");
  const associations = new Map<number, number[]>();
  for (const [item, place] of limited(readAllAssociations(lists), "properties")) {
    const known = associations.get(item);
    if (known) known.push(place);
    else associations.set(item, [place]);
  }
  const propertiesOf = (item: number) =>
    (associations.get(item) ?? []).flatMap((place) => all[(place & ~MUST_KNOW) - 1] ?? []);
  const types = readTypes(meta);
  return { primary, types, propertiesOf, all, associations, lists: lists.length, meta };
}
