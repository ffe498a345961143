import type { Format } from "../format.ts";
import { branded, codecOf } from "../heif/brands.ts";
import { type HeifHeader, readHeifHeader } from "../heif/header.ts";
import { readItems } from "../heif/items.ts";
import { completed } from "./completed.ts";

/**
 * Bytes of the codec's heap, measured: a part that is always there, and for a pixel some for each of its
 * samples' bytes, more where these are two, some for its alpha, and the rest, RGBA among it.
 */
const HEAP = 16 * 2 ** 20;
const SAMPLE = 1.8;
const DEEP = 6.2;
const ALPHA = 16;
const REST = 13.8;
/** Bytes of a pixel of the result. */
const RGBA = 4;

/** The codec works in blocks of 128 x 128: the margin of a thin picture may be most of it. */
const padded = (side: number) => Math.ceil(side / 128) * 128;

function heapOf(header: HeifHeader, fileBytes: number): number {
  const samples = header.sampleBytes * header.samplesPerPixel;
  const parts = header.grid ? samples : 0;
  const deep = header.sampleBytes > 1 ? DEEP : 0;
  const pixel = REST + SAMPLE * samples + deep + parts + (header.alpha ? ALPHA : 0);
  return HEAP + 2 * fileBytes + padded(header.width) * padded(header.height) * pixel;
}

/** AVIF (AV1 image file format) by libavif; of an animation its still picture. */
export const avif: Format = {
  name: "AVIF",
  matches: (bytes) => codecOf(bytes) === "AV1",
  read(bytes) {
    const items = readItems(bytes);
    const header = readHeifHeader(items);
    const { width, height, orientation } = header;
    const heap = heapOf(header, bytes.length);
    return {
      ...{ width, height, orientation, scales: [1] },
      space: () => header.space(),
      cost: () => heap + width * height * RGBA,
      decode(tools, frame) {
        const file = completed(branded(bytes), items);
        const decoded = tools.avif.use((codec) => codec.decode(file, heap));
        if (decoded.width !== width || decoded.height !== height) {
          throw new Error(
            `its picture has ${decoded.width}x${decoded.height} pixels, its header says ${width}x${height}`,
          );
        }
        return tools.resampler.use((resampler) => {
          const resampling = resampler.start({ width, height, opaque: false }, frame);
          resampling.pushAll(decoded.data);
          return resampling.finish();
        });
      },
    };
  },
};
