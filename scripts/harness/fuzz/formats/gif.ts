/** A block of a GIF: its first bytes, of which an extension has two and a picture ten, and what follows them. */
export interface GifBlock {
  /** "," for a picture; "!" and its label for an extension. */
  type: string;
  /** Behind the first byte of a picture or the label of an extension. */
  data: Buffer;
}

/** A GIF: its header with the palette of all its pictures, and its blocks. */
export interface Gif {
  header: Buffer;
  blocks: GifBlock[];
}

const paletteBytes = (flags: number) => (flags & 0x80 ? 3 * (2 << (flags & 7)) : 0);

/** Where blocks that each begin with their length end. */
function endOfBlocks(bytes: Buffer, at: number): number {
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
  return at + 1;
}

/** The complete blocks of a GIF, which may be damaged; null if it is no GIF. */
export function readGif(bytes: Buffer): Gif | null {
  if (!/^GIF8[79]a$/.test(bytes.toString("latin1", 0, 6)) || bytes.length < 13) return null;
  const start = 13 + paletteBytes(bytes[10]!);
  const blocks: GifBlock[] = [];
  for (let at = start; at + 10 < bytes.length;) {
    const isPicture = bytes[at] === 0x2c;
    if (!isPicture && bytes[at] !== 0x21) break;
    const head = isPicture ? 1 : 2;
    const first = isPicture ? at + 11 + paletteBytes(bytes[at + 9]!) : at + head;
    const end = endOfBlocks(bytes, first);
    if (end > bytes.length) break;
    const type = bytes.toString("latin1", at, at + head);
    blocks.push({ type, data: bytes.subarray(at + head, end) });
    at = end;
  }
  return { header: bytes.subarray(0, start), blocks };
}

/** Makes a GIF of blocks. */
export function writeGif({ header, blocks }: Gif): Buffer {
  const parts = blocks.flatMap(({ type, data }) => [Buffer.from(type, "latin1"), data]);
  return Buffer.concat([header, ...parts, Buffer.from(";")]);
}
