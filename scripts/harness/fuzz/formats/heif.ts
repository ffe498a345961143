/** A number in big-endian bytes. */
const uint = (bytes: number, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

/** A box of the ISO base media format. */
export const box = (type: string, ...data: Uint8Array[]): Buffer => {
  const content = Buffer.concat(data);
  return Buffer.concat([uint(4, 8 + content.length), Buffer.from(type, "latin1"), content]);
};

/** A box with a version and flags before its data. */
export const fullBox = (type: string, version: number, ...data: Uint8Array[]): Buffer =>
  box(type, uint(4, version << 24), ...data);

export interface Item {
  type: string;
  /** Whole boxes, in the order in which they apply. */
  properties: Uint8Array[];
  data: Uint8Array;
  references?: { type: string; to: number[] }[];
}

export const ispe = (width: number, height: number): Buffer =>
  fullBox("ispe", 0, uint(4, width), uint(4, height));

/** The data of a grid of pictures (ISO/IEC 23008-12, 6.6.2.3). */
export const gridData = (rows: number, columns: number, width: number, height: number): Buffer =>
  Buffer.concat([Buffer.from([0, 0, rows - 1, columns - 1]), uint(2, width), uint(2, height)]);

/**
 * A HEIF file (ISO/IEC 23008-12). Its items have the numbers from 1 on; the first is its picture.
 *
 * @param brands the first is the major one
 */
export function heifFile(items: readonly Item[], brands = ["heic", "mif1", "heic"]): Buffer {
  const [major = "", ...others] = brands;
  const ftyp = box("ftyp", Buffer.from(`${major}\0\0\0\0${others.join("")}`, "latin1"));
  const properties = items.flatMap((item) => item.properties);
  let place = 0;
  const associations = items.map((item, i) => {
    const places = item.properties.map(() => ++place);
    return Buffer.concat([
      ...[uint(2, i + 1), uint(1, places.length)],
      ...places.map((it) => uint(2, it)),
    ]);
  });
  const ipma = box("ipma", uint(4, 1), uint(4, items.length), ...associations);
  const entries = items.map(({ type }, i) =>
    fullBox("infe", 2, uint(2, i + 1), uint(2, 0), Buffer.from(`${type}\0`, "latin1")),
  );
  const references = items.flatMap(({ references: all = [] }, i) =>
    all.map(({ type, to }) =>
      box(type, uint(2, i + 1), uint(2, to.length), ...to.map((id) => uint(2, id))),
    ),
  );
  const metaOf = (start: number) => {
    let at = start;
    const locations = items.map(({ data }, i) => {
      const offset = uint(4, at);
      at += data.length;
      return Buffer.concat([uint(2, i + 1), uint(2, 0), uint(2, 1), offset, uint(4, data.length)]);
    });
    return fullBox(
      "meta",
      0,
      fullBox("pitm", 0, uint(2, 1)),
      fullBox("iinf", 0, uint(2, items.length), ...entries),
      fullBox("iref", 0, ...references),
      box("iprp", box("ipco", ...properties), ipma),
      fullBox("iloc", 0, uint(2, 0x4400), uint(2, items.length), ...locations),
    );
  };
  const start = ftyp.length + metaOf(0).length + 8;
  return Buffer.concat([ftyp, metaOf(start), box("mdat", ...items.map(({ data }) => data))]);
}
