import type { Format } from "../format.ts";
import { branded, codecOf } from "../heif/brands.ts";
import { type HeifHeader, readHeifHeader } from "../heif/header.ts";
import { readItems } from "../heif/items.ts";

/**
 * Bytes of the codec's heap, measured: a part that is always there, and for a pixel one for each of its
 * samples' bytes, one for its alpha, and the rest, RGBA among it.
 */
const HEAP = 16 * 2 ** 20;
const SAMPLE = 2.5;
const ALPHA = 15;
const REST = 11;
/** Bytes of a pixel of the result. */
const RGBA = 4;

function heapOf(header: HeifHeader, fileBytes: number): number {
  const samples = header.sampleBytes * header.samplesPerPixel;
  const parts = header.grid ? samples : 0;
  const pixel = REST + SAMPLE * samples + parts + (header.alpha ? ALPHA : 0);
  return HEAP + 2 * fileBytes + header.width * header.height * pixel;
}

/** AVIF (AV1 image file format) by libavif; of an animation its still picture. */
export const avif: Format = {
  name: "AVIF",
  matches: (bytes) => codecOf(bytes) === "AV1",
  read(bytes) {
    const header = readHeifHeader(readItems(bytes));
    const { width, height, orientation } = header;
    const heap = heapOf(header, bytes.length);
    return {
      ...{ width, height, orientation, scales: [1] },
      space: () => header.space(),
      cost: () => heap + width * height * RGBA,
      decode(tools, frame) {
        const decoded = tools.avif.use((codec) => codec.decode(branded(bytes), heap));
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
