import type { Format } from "../format.ts";
import { readJpegHeader } from "./header.ts";
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

/** JPEG (ITU-T T.81) by libjpeg-turbo, which decodes to 1/2, 1/4 and 1/8 of the size. */
export const jpeg: Format = {
  name: "JPEG",
  matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8,
  read(bytes) {
    const header = readJpegHeader(bytes);
    const { width, height, cmyk } = header;
    const sizeAt = (scale: number) => ({
      width: Math.ceil(width / scale),
      height: Math.ceil(height / scale),
    });
    return {
      width,
      height,
      orientation: header.orientation,
      profile: cmyk ? null : header.profile,
      scales: [8, 4, 2, 1],
      cost(scale) {
        const size = sizeAt(scale);
        const coefficients = header.progressive ? COEFFICIENT * header.samplesPerPixel : 0;
        const rows = width * ROWS;
        return bytes.length + rows + size.width * size.height * 4 + width * height * coefficients;
      },
      decode(tools, frame, scale) {
        const size = sizeAt(scale);
        const parts = partsOf(bytes, header, scale);
        return tools.jpeg.use((turbo) =>
          turbo.decode({ parts, cmyk, ...size }, (decoded) => {
            if (cmyk) inksToRgb(decoded);
            const extent = { width: width / scale, height: height / scale };
            return tools.resampler.use((resampler) => {
              const resampling = resampler.start({ ...size, extent, opaque: true }, frame);
              resampling.pushAll(decoded);
              return resampling.finish();
            });
          }),
        );
      },
    };
  },
};
