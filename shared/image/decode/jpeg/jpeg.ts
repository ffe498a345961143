import type { Frame } from "../../frame.ts";
import type { Resampling } from "../../resample/resampling.ts";
import { readProfile } from "../colour/profile.ts";
import type { Format, Tools } from "../format.ts";
import { readJpegHeader } from "./header.ts";
import { readMeans } from "./means/means.ts";
import { rowsOf } from "./means/rows.ts";
import { partsOf } from "./parts.ts";

/** Bytes of the decoder's row buffers to a pixel of the picture's width. */
const ROWS = 64;
/** Bytes of a coefficient of a progressive picture, all of which are in memory together. */
const COEFFICIENT = 2;

/** RGB from inks as all but a few programs store them: 255 for none of an ink (as Pillow and Chromium take them). */
function inksToRgb(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const key = pixels[at + 3]!;
    pixels[at] = (pixels[at]! * key + 127) / 255;
    pixels[at + 1] = (pixels[at + 1]! * key + 127) / 255;
    pixels[at + 2] = (pixels[at + 2]! * key + 127) / 255;
    pixels[at + 3] = 255;
  }
}

/** Bytes of a block's mean, and of the kernel's tables. */
const MEAN = 2;
const TABLES = 3 * 2 ** 20;

/** JPEG (ITU-T T.81) by libjpeg-turbo, which decodes to 1/2, 1/4 and 1/8 of the size. */
export const jpeg: Format = {
  name: "JPEG",
  matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8,
  read(bytes) {
    const header = readJpegHeader(bytes);
    const { width, height, cmyk, segments, progressive, samplesPerPixel, isRgb } = header;
    const samples = width * height * samplesPerPixel;
    /** Whether the picture's blocks are read without the rest. */
    const isMeans = (scale: number) => scale === 8 && !cmyk;

    const cost = (scale: number) => {
      const rows = width * ROWS;
      if (isMeans(scale)) return bytes.length + TABLES + rows + (samples / 64) * MEAN;
      const pixels = Math.ceil(width / scale) * Math.ceil(height / scale);
      return bytes.length + rows + pixels * 4 + (progressive ? samples * COEFFICIENT : 0);
    };

    const decode = (tools: Tools, frame: Frame, scale: number) => {
      const size = { width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
      const extent = { width: width / scale, height: height / scale };
      const resample = (push: (resampling: Resampling) => void) =>
        tools.resampler.use((resampler) => {
          const resampling = resampler.start({ ...size, extent, scale, opaque: true }, frame);
          push(resampling);
          return resampling.finish();
        });
      if (isMeans(scale)) {
        return tools.means.use((kernel) => {
          const planes = readMeans(bytes, segments, kernel);
          return resample((resampling) => {
            for (const row of rowsOf(planes, size, isRgb)) resampling.push(row);
          });
        });
      }
      return tools.jpeg.use((turbo) =>
        turbo.decode({ parts: partsOf(bytes, segments), cmyk, ...size }, (decoded) => {
          if (cmyk) inksToRgb(decoded);
          return resample((resampling) => resampling.pushAll(decoded));
        }),
      );
    };

    const { orientation, profile } = header;
    return {
      ...{ width, height, orientation, scales: [8, 4, 2, 1] },
      space: () => (profile && !cmyk ? readProfile(profile) : null),
      cost,
      decode,
    };
  },
};
