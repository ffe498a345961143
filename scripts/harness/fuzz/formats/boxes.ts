import { box } from "./heif.ts";

/** A box of the ISO base media format. */
export interface IsoBox {
  type: string;
  data: Buffer;
}

/** The complete boxes of a file or of another box, which may be damaged. */
export function readBoxes(bytes: Buffer): IsoBox[] {
  const boxes: IsoBox[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > bytes.length) break;
    const type = bytes.toString("latin1", at + 4, at + 8);
    boxes.push({ type, data: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

/** Puts boxes together, with right sizes. */
export const writeBoxes = (boxes: readonly IsoBox[]): Buffer =>
  Buffer.concat(boxes.map(({ type, data }) => box(type, data)));

/** The boxes of an AVIF or HEIC; empty if it is neither. */
export const readHeif = (bytes: Buffer): IsoBox[] =>
  bytes.toString("latin1", 4, 8) === "ftyp" ? readBoxes(bytes) : [];

/** Bytes before the boxes inside a box that holds others. */
const HEADS: Record<string, number | undefined> = { meta: 4, iprp: 0, ipco: 0, iinf: 6, iref: 4 };

/**
 * Changes boxes inside one that holds others, deepest first.
 *
 * @param path types of the boxes around them
 */
export function within(
  boxes: IsoBox[],
  [type, ...rest]: readonly string[],
  edit: (inside: IsoBox[]) => IsoBox[],
): IsoBox[] {
  if (type === undefined) return edit(boxes);
  return boxes.map((it) => {
    if (it.type !== type) return it;
    const head = HEADS[type] ?? 0;
    const inside = within(readBoxes(it.data.subarray(head)), rest, edit);
    return { type, data: Buffer.concat([it.data.subarray(0, head), writeBoxes(inside)]) };
  });
}
