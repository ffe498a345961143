import { Reader } from "../heif/boxes.ts";
import type { Items } from "../heif/items.ts";
import { sizeOf } from "../heif/header.ts";
import { wholeOf } from "../heif/locations.ts";
import { lengthOf } from "../joined.ts";
import type { Reference } from "../heif/references.ts";
import { type Coding, codingOf } from "./colours.ts";
import { type Configuration, readConfiguration, unitsOf } from "./configuration.ts";

/** A part of a picture, which is coded by itself. */
export interface Part extends Configuration {
  /** Its own coding of colours, if its properties name one. */
  coding: Coding | null;
  /** Its coded data, part by part. */
  data: readonly Uint8Array[];
}

/** A picture as the parts that it is put together of: rows of equal ones, or a single one. */
export interface Parts {
  columns: number;
  /** Pixels of a part. */
  width: number;
  height: number;
  /** Row by row. */
  parts: Part[];
}

/** A file's items, their data and their references. */
export interface Contents {
  items: Items;
  data: ReadonlyMap<number, readonly Uint8Array[]>;
  /** Bytes of the file. */
  bytes: number;
  references: readonly Reference[];
}

/** How many parts a grid has (ISO/IEC 23008-12, 6.6.2.3). */
function readGrid(data: Uint8Array): { rows: number; columns: number } {
  const reader = new Reader(data);
  reader.uint(2);
  return { rows: 1 + reader.uint(1), columns: 1 + reader.uint(1) };
}

function partOf({ items, data }: Contents, item: number): Part {
  if (items.types.get(item) !== "hvc1") throw new Error("a part of it is not coded by HEVC");
  const properties = items.propertiesOf(item);
  return {
    ...readConfiguration(properties),
    coding: codingOf(properties),
    data: data.get(item) ?? [],
  };
}

/** @throws Error where an item is no picture that HEVC codes, or parts of it are missing */
export function partsOf(contents: Contents, item: number): Parts {
  const { items, data, references, bytes } = contents;
  const type = items.types.get(item);
  const size = sizeOf(items.propertiesOf(item));
  if (type === "hvc1") return { columns: 1, ...size, parts: [partOf(contents, item)] };
  if (type !== "grid") throw new Error(`it is made by "${type}", which is not supported`);
  const { rows, columns } = readGrid(wholeOf(data.get(item) ?? [], bytes));
  const ids = references.filter((it) => it.type === "dimg" && it.from === item).map(({ to }) => to);
  if (ids.length !== rows * columns) {
    throw new Error(`it has ${ids.length} parts, its grid ${columns}x${rows}`);
  }
  const part = sizeOf(items.propertiesOf(ids[0]!));
  if (part.width * columns < size.width || part.height * rows < size.height) {
    throw new Error("its parts do not cover it");
  }
  const known = new Map(Array.from(new Set(ids), (id) => [id, partOf(contents, id)]));
  return { columns, ...part, parts: ids.flatMap((id) => known.get(id) ?? []) };
}

/** All units of a part. @param most bytes that its data may have @throws Error where they are missing or cut off */
export function codedUnits(part: Part, most: number): Uint8Array[] {
  if (lengthOf(part.data) === 0) throw new Error("a part of it is missing");
  return unitsOf(part, wholeOf(part.data, most));
}
