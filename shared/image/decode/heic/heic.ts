import type { Frame } from "../../frame.ts";
import type { Resampler } from "../../resample/resampler.ts";
import type { Format } from "../format.ts";
import { codecOf } from "../heif/brands.ts";
import { cropOf, readHeifHeader, sizeOf } from "../heif/header.ts";
import { readItems } from "../heif/items.ts";
import { readData } from "../heif/locations.ts";
import { lengthOf } from "../joined.ts";
import { readReferences } from "../heif/references.ts";
import { BRIGHTNESS, codingOf } from "./colours.ts";
import type { LibDe265 } from "./libde265.ts";
import { type Contents, type Parts, partsOf } from "./parts.ts";
import { Rows } from "./rows.ts";

/** Bytes of the codec's heap, measured: at first, and of that what is in use before a picture. */
const INITIAL = 17_100_000;
const STATIC = 2_000_000;
/** Bytes of each pixel that is decoded at a time: two for each of its samples' bytes, and the rest. */
const SAMPLE = 2;
const REST = 2.7;
const DECODER = 300_000;
const SAMPLES_PER_PIXEL = [1, 1.5, 2, 3];
/** The heap grows by more than is asked for. */
const GROWTH = 1.1;
/** Bytes of a pixel of a row, of colours and of alpha. */
const ROWS = 8;

const ALPHA = /^urn:mpeg:(hevc:2015:auxid:1|mpegB:cicp:systems:auxiliary:alpha)\0/;

/** The picture that is the alpha of another; undefined where there is none. */
function alphaOf({ items, references }: Contents, item: number): number | undefined {
  return references.find(({ type, from, to }) => {
    if (type !== "auxl" || to !== item) return false;
    const auxiliary = items.propertiesOf(from).find((box) => box.type === "auxC");
    // Version and flags are before the name.
    return auxiliary && ALPHA.test(String.fromCharCode(...auxiliary.data.subarray(4)));
  })?.from;
}

/** Bytes in use while a row of parts is decoded. */
function bytesOf({ columns, width, height, parts }: Parts): number {
  const [{ bits, chroma }] = parts as [Parts["parts"][0]];
  const samples = SAMPLES_PER_PIXEL[chroma]! * (bits > 8 ? 2 : 1);
  const coded = parts.reduce((most, { data }) => Math.max(most, lengthOf(data)), 0);
  return columns * (DECODER + 2 * coded + width * height * (REST + SAMPLE * samples));
}

/** Puts the brightness of one row in place of the alpha of another. */
function setAlpha(pixels: Uint8ClampedArray, alpha: Uint8ClampedArray): void {
  for (let at = 0; at < pixels.length; at += 4) pixels[at + 3] = alpha[at]!;
}

/** HEIC (HEVC in HEIF, ISO/IEC 23008-12, annex B) by libde265, part by part. */
export const heic: Format = {
  name: "HEIC",
  matches: (bytes) => codecOf(bytes) === "HEVC",
  read(bytes) {
    const items = readItems(bytes);
    const contents = {
      items,
      data: readData(bytes, items),
      references: readReferences(items),
      bytes: bytes.length,
    };
    const { primary } = items;
    const header = readHeifHeader(items);
    const { orientation } = header;
    const properties = items.propertiesOf(primary);
    const stored = sizeOf(properties);
    const { left, top, width, height } = cropOf(properties, stored);
    const picture = partsOf(contents, primary);
    const alphaItem = alphaOf(contents, primary);
    const alpha = alphaItem === undefined ? null : partsOf(contents, alphaItem);
    const coding = codingOf(properties);
    const inUse = bytesOf(picture) + (alpha ? bytesOf(alpha) : 0);
    const heap = Math.max(INITIAL, STATIC + GROWTH * inUse);

    function decodeRows(codec: LibDe265, resampler: Resampler, frame: Frame) {
      const rows = new Rows(codec, picture, coding, heap);
      const alphas = alpha && new Rows(codec, alpha, BRIGHTNESS, heap);
      const resampling = resampler.start({ width, height, opaque: !alpha }, frame);
      for (let y = 0; !resampling.done; y++) {
        const pixels = rows.read();
        if (alphas) setAlpha(pixels, alphas.read());
        if (y >= top) resampling.push(pixels.subarray(left * 4, (left + width) * 4));
      }
      rows.close();
      alphas?.close();
      return resampling.finish();
    }

    return {
      ...{ width, height, orientation, scales: [1] },
      space: () => header.space(),
      cost: () => heap + stored.width * ROWS,
      decode: ({ heic, resampler }, frame) =>
        heic.use((codec) => resampler.use((kept) => decodeRows(codec, kept, frame))),
    };
  },
};
