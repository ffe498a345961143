import { deflateSync } from "node:zlib";
import { type IsoBox, readHeif, within, writeBoxes } from "./formats/boxes.ts";
import { type GifBlock, readGif, writeGif } from "./formats/gif.ts";
import { isSof, type JpegSegment, readJpeg, SOS, writeJpeg } from "./formats/jpeg.ts";
import { type PngChunk, readPng, writePng } from "./formats/png.ts";
import { readWebp, type WebpChunk, writeWebp } from "./formats/webp.ts";
import { lazily } from "./lazily.ts";
import { BOMB, type Lie } from "./lies.ts";

const bomb = lazily(() => deflateSync(Buffer.alloc(BOMB)));

/** At most this many segments are repeated, because a sample may have many scans already. */
const MOST_REPEATED = 20;

/** A segment or chunk of a file. */
interface Part {
  type: string;
  data: Buffer;
}

/** Applies the lies that only change the list of parts. */
function rearrange<T extends Part>(
  parts: T[],
  what: Lie,
  make: (type: string, data: Buffer) => T,
): T[] {
  const { length } = parts;
  if (length === 0) return parts;
  const copy = [...parts];
  if ("drop" in what) return copy.filter((_, i) => i !== what.drop % length);
  if ("double" in what) {
    const at = what.double % length;
    copy.splice(at, 0, ...Array.from({ length: what.times }, () => parts[at]!));
  } else if ("swap" in what) {
    const [a, b] = [what.swap % length, what.with % length];
    [copy[a], copy[b]] = [parts[b]!, parts[a]!];
  } else if ("part" in what) {
    const data = Buffer.concat([Buffer.from(what.bytes), Buffer.alloc(what.fill)]);
    copy.splice(what.index % (length + 1), 0, make(what.part, data));
  } else if ("within" in what) {
    const at = what.within % length;
    const data = Buffer.from(parts[at]!.data);
    if (data.length > 0) data[what.at % data.length] = what.to;
    copy[at] = { ...parts[at]!, data };
  }
  return copy;
}

/** Changes the first part that fulfils a condition. */
function change<T extends Part>(
  parts: T[],
  is: (part: T) => boolean,
  edit: (data: Buffer) => void,
): T[] {
  const at = parts.findIndex(is);
  if (at < 0) return parts;
  const data = Buffer.from(parts[at]!.data);
  try {
    edit(data);
  } catch {
    // The part is too short for this lie.
  }
  return parts.map((part, i) => (i === at ? { ...part, data } : part));
}

/** The TIFF inside an EXIF part. It only holds the orientation. */
function exifOf({ exif, orientation, count, next }: Extract<Lie, { exif: number[] }>): Buffer {
  const data = Buffer.from("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\0\0\0\0\0\0\0\0\0\0\0\0", "latin1");
  data.writeUInt16LE(count, 8);
  data.writeUInt32LE(count, 14);
  data.writeUInt16LE(orientation, 18);
  data.writeUInt32LE(next, 22);
  return Buffer.concat([data, Buffer.from(exif)]);
}

type NamedSegment = JpegSegment & Part;

function lieInJpeg(bytes: Buffer, what: Lie): Buffer {
  const none = Buffer.alloc(0);
  const make = (type: string, data: Buffer): NamedSegment => {
    return { type, marker: type.charCodeAt(0), data: data.subarray(0, 65_533), coded: none };
  };
  const segments = readJpeg(bytes).map((it) => ({ ...it, type: String.fromCharCode(it.marker) }));
  const isFrame = ({ marker }: JpegSegment) => isSof(marker);
  if ("width" in what) {
    const sized = change(segments, isFrame, (data) => {
      data.writeUInt16BE(what.height & 0xffff, 1);
      data.writeUInt16BE(what.width & 0xffff, 3);
    });
    return writeJpeg(sized);
  }
  if ("headerByte" in what) {
    const edit = (data: Buffer) => void data.writeUInt8(what.to, what.headerByte % data.length);
    return writeJpeg(change(segments, isFrame, edit));
  }
  if ("jpegFrame" in what) {
    const framed = change(segments, isFrame, (data) => {
      data.writeUInt8(what.precision, 0);
      data.writeUInt8(what.components, 5);
    });
    return writeJpeg(framed.map((it) => (isFrame(it) ? { ...it, marker: what.jpegFrame } : it)));
  }
  if ("jpegScans" in what) {
    const first = segments.findIndex(({ marker }) => marker === SOS);
    const scans = segments.slice(first, first + MOST_REPEATED);
    return writeJpeg([
      ...segments,
      ...Array.from({ length: what.jpegScans - 1 }, () => scans).flat(),
    ]);
  }
  if ("exif" in what) {
    const data = Buffer.concat([Buffer.from("Exif\0\0"), exifOf(what)]);
    return writeJpeg([make("\xe1", data), ...segments]);
  }
  return writeJpeg(rearrange(segments, what, make));
}

function lieInPng(bytes: Buffer, what: Lie): Buffer {
  const make = (type: string, data: Buffer): PngChunk => ({ type: type.padEnd(4, "x"), data });
  const chunks = readPng(bytes);
  const isHeader = ({ type }: PngChunk) => type === "IHDR";
  if ("width" in what) {
    const sized = change(chunks, isHeader, (data) => {
      data.writeUInt32BE(what.width, 0);
      data.writeUInt32BE(what.height, 4);
    });
    return writePng(sized);
  }
  if ("headerByte" in what) {
    const edit = (data: Buffer) =>
      void data.writeUInt8(what.to & 31, what.headerByte % data.length);
    return writePng(change(chunks, isHeader, edit));
  }
  if ("exif" in what)
    return writePng([...chunks.slice(0, 1), make("eXIf", exifOf(what)), ...chunks.slice(1)]);
  if ("pngPixels" in what) {
    const { pngPixels, value } = what;
    const data = pngPixels === BOMB ? bomb() : deflateSync(Buffer.alloc(pngPixels, value));
    return writePng(chunks.map((it) => (it.type === "IDAT" ? { ...it, data } : it)));
  }
  return writePng(rearrange(chunks, what, make));
}

function lieInWebp(bytes: Buffer, what: Lie): Buffer {
  const make = (type: string, data: Buffer): WebpChunk => ({ type: type.padEnd(4), data });
  const chunks = readWebp(bytes);
  if ("width" in what) {
    const width = Math.max(0, what.width - 1);
    const height = Math.max(0, what.height - 1);
    let sized = change(
      chunks,
      ({ type }) => type === "VP8X",
      (data) => {
        data.writeUIntLE(width & 0xff_ffff, 4, 3);
        data.writeUIntLE(height & 0xff_ffff, 7, 3);
      },
    );
    sized = change(
      sized,
      ({ type }) => type === "VP8 ",
      (data) => {
        data.writeUInt16LE(what.width & 0xffff, 6);
        data.writeUInt16LE(what.height & 0xffff, 8);
      },
    );
    sized = change(
      sized,
      ({ type }) => type === "VP8L",
      (data) => {
        data.writeUInt32LE(((width & 0x3fff) | ((height & 0x3fff) << 14)) >>> 0, 1);
      },
    );
    return writeWebp(sized);
  }
  if ("headerByte" in what) {
    const edit = (data: Buffer) => void data.writeUInt8(what.to, what.headerByte % data.length);
    return writeWebp(change(chunks, () => true, edit));
  }
  if ("exif" in what) return writeWebp([...chunks, make("EXIF", exifOf(what))]);
  return writeWebp(rearrange(chunks, what, make));
}

function lieInGif(bytes: Buffer, what: Lie): Buffer {
  const gif = readGif(bytes);
  if (!gif) return bytes;
  const { header, blocks } = gif;
  const isPicture = ({ type }: GifBlock) => type === ",";
  if ("width" in what) {
    const size = (data: Buffer, at: number) => {
      data.writeUInt16LE(what.width & 0xffff, at);
      data.writeUInt16LE(what.height & 0xffff, at + 2);
    };
    const canvas = Buffer.from(header);
    size(canvas, 6);
    return writeGif({ header: canvas, blocks: change(blocks, isPicture, (data) => size(data, 4)) });
  }
  if ("headerByte" in what) {
    const edit = (data: Buffer) => void data.writeUInt8(what.to, what.headerByte % 10);
    return writeGif({ header, blocks: change(blocks, isPicture, edit) });
  }
  const make = (type: string, data: Buffer): GifBlock => {
    const own = data.subarray(0, 255);
    const parts = Buffer.concat([Buffer.of(own.length), own, Buffer.of(0)]);
    return { type: `!${type.charAt(0)}`, data: own.length > 0 ? parts : Buffer.of(0) };
  };
  return writeGif({ header, blocks: rearrange(blocks, what, make) });
}

/** Where the boxes are that say what a picture is. */
const LEVELS = [["meta"], ["meta", "iprp", "ipco"], ["meta", "iprp"], []];

/** The data keep their places only where the boxes before them keep their sizes. */
function lieInHeif(bytes: Buffer, what: Lie): Buffer {
  const boxes = readHeif(bytes);
  const properties = (edit: (inside: IsoBox[]) => IsoBox[]) =>
    writeBoxes(within(boxes, ["meta", "iprp", "ipco"], edit));
  if ("width" in what) {
    return properties((inside) =>
      change(
        inside,
        ({ type }) => type === "ispe",
        (data) => {
          data.writeUInt32BE(what.width, 4);
          data.writeUInt32BE(what.height, 8);
        },
      ),
    );
  }
  if ("headerByte" in what) {
    const edit = (data: Buffer) => void data.writeUInt8(what.to, what.headerByte % data.length);
    const isConfiguration = ({ type }: IsoBox) => type === "av1C" || type === "hvcC";
    return properties((inside) => change(inside, isConfiguration, edit));
  }
  const make = (type: string, data: Buffer): IsoBox => ({ type: type.padEnd(4, "x"), data });
  const level =
    LEVELS[("index" in what ? what.index : JSON.stringify(what).length) % LEVELS.length]!;
  return writeBoxes(within(boxes, level, (inside) => rearrange(inside, what, make)));
}

/** Puts a lie into a file. Files of other formats stay as they are. */
export function tell(bytes: Buffer, what: Lie): Buffer {
  if (readJpeg(bytes).length > 0) return lieInJpeg(bytes, what);
  if (readPng(bytes).length > 0) return lieInPng(bytes, what);
  if (readWebp(bytes).length > 0) return lieInWebp(bytes, what);
  if (readHeif(bytes).length > 0) return lieInHeif(bytes, what);
  if ((readGif(bytes)?.blocks.length ?? 0) > 0) return lieInGif(bytes, what);
  return bytes;
}
