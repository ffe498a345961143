import { type Box, readBoxes } from "../heif/boxes.ts";
import type { Items } from "../heif/items.ts";
import { joined } from "../joined.ts";

/** A number in big-endian bytes. */
function uint(bytes: number, value: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(4));
  data.setUint32(0, value);
  return new Uint8Array(data.buffer, 4 - bytes);
}

function boxOf(type: string, ...parts: Uint8Array[]): Uint8Array {
  const content = joined(parts);
  return joined([uint(4, 8 + content.length), new TextEncoder().encode(type), content]);
}

/**
 * Bits of each channel (ISO/IEC 23008-12, 6.5.6), as the AV1 configuration says (AV1 codec ISO media file
 * format binding, 2.3.3).
 */
function pixiOf(configuration: Box): Uint8Array {
  const flags = configuration.data[2] ?? 0;
  const deep = flags & 0x20 ? 12 : 10;
  const bits = uint(1, flags & 0x40 ? deep : 8);
  const channels = flags & 0x10 ? [bits] : [bits, bits, bits];
  return boxOf("pixi", uint(4, 0), uint(1, channels.length), ...channels);
}

/** The first box of a type: those behind it are not read, and may be damaged or very many. */
function find(boxes: Iterable<Box>, type: string): Box | undefined {
  for (const box of boxes) if (box.type === type) return box;
  return undefined;
}

const isPicture = (type: string | undefined) => type === "av01" || type === "grid";

/**
 * A file that says all that the codec asks for, where decoders show it without: libheif up to 1.11 leaves
 * out the bits of the channels, and some programs write the properties of each item in a box of its own. The
 * `meta` box that says it stands behind the rest, so that all data stay where the file says that they are.
 */
export function completed(bytes: Uint8Array, items: Items): Uint8Array {
  const { types, all, associations, propertiesOf, meta } = items;
  const lacks = (item: number) =>
    isPicture(types.get(item)) && !propertiesOf(item).some(({ type }) => type === "pixi");
  const lacking = [...associations.keys()].filter(lacks);
  const former = find(readBoxes(bytes), "meta");
  const configuration = all.find(({ type }) => type === "av1C");
  if (!former || !configuration || (lacking.length === 0 && items.lists === 1)) return bytes;

  const properties = all.map(({ type, data }) => boxOf(type, data));
  const entries = [...associations].map(([item, own]) => {
    const places = [...own];
    if (lacks(item)) {
      const configured = propertiesOf(item).find(({ type }) => type === "av1C");
      places.push(properties.push(pixiOf(configured ?? configuration)));
    }
    return [uint(4, item), uint(1, places.length), ...places.map((place) => uint(2, place))];
  });
  // Version 1 and flag 1: numbers of items in 32 bits, places in 16.
  const ipma = boxOf("ipma", uint(4, 0x0100_0001), uint(4, entries.length), ...entries.flat());
  const iprp = boxOf("iprp", boxOf("ipco", ...properties), ipma);
  const others = [...meta].flatMap(([type, data]) => (type === "iprp" ? [] : [boxOf(type, data)]));
  const file = joined([bytes, boxOf("meta", uint(4, 0), ...others, iprp)]);
  file.set(new TextEncoder().encode("free"), former.start + 4);
  return file;
}
