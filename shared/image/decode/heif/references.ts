import { limited } from "../limited.ts";
import { readBoxes, Reader } from "./boxes.ts";
import type { Items } from "./items.ts";

/** A reference of an item to another: `dimg` to a part of it, `auxl` to what it is the alpha of. */
export interface Reference {
  type: string;
  from: number;
  to: number;
}

function* readAll({ meta }: Items): Generator<Reference> {
  const box = meta.get("iref");
  if (!box) return;
  const iref = new Reader(box);
  const bytes = iref.uint(1) === 0 ? 2 : 4;
  iref.uint(3);
  for (const { type, data } of limited(readBoxes(iref.rest), "boxes")) {
    const reader = new Reader(data);
    const from = reader.uint(bytes);
    for (let count = reader.uint(2); count > 0; count--) {
      yield { type, from, to: reader.uint(bytes) };
    }
  }
}

/** The references of a file's items in order (ISO/IEC 14496-12, 8.11.12). @throws Error where they are damaged */
export const readReferences = (items: Items): Reference[] => [
  ...limited(readAll(items), "references"),
];
