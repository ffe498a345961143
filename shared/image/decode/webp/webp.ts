import type { Frame } from "../../frame.ts";
import { readProfile } from "../colour/profile.ts";
import type { Format, Tools } from "../format.ts";
import { readWebpHeader, textAt, type WebpHeader } from "./container.ts";

/** Bytes of the decoder's row buffers to a pixel of the picture's width. */
const ROWS = 64;
/** Bytes of a pixel: of the result, of a lossy picture's alpha, and of a lossless picture before the result. */
const RESULT = 4;
const ALPHA = 2;
const LOSSLESS = 4;

/** Rows of a frame of an animation, on the transparent canvas. */
function* canvasRows({ width, height, picture }: WebpHeader, pixels: Uint8Array) {
  const { left, top } = picture;
  const stride = picture.width * 4;
  const row = new Uint8Array(width * 4);
  for (let y = -top; y < height - top; y++) {
    row.fill(0);
    if (y >= 0 && y < picture.height)
      row.set(pixels.subarray(y * stride, (y + 1) * stride), left * 4);
    yield row;
  }
}

function decode(header: WebpHeader, tools: Tools, frame: Frame) {
  const { width, height, picture } = header;
  if (picture.left + picture.width > width || picture.top + picture.height > height) {
    throw new Error("its picture is larger than its canvas");
  }
  return tools.webp.use((codec) =>
    codec.decode(picture.file, picture, (pixels) =>
      tools.resampler.use((resampler) => {
        const resampling = resampler.start({ width, height, opaque: false }, frame);
        for (const row of canvasRows(header, pixels)) resampling.push(row);
        return resampling.finish();
      }),
    ),
  );
}

/** WebP by libwebp. */
export const webp: Format = {
  name: "WebP",
  matches: (bytes) => textAt(bytes, 0) === "RIFF" && textAt(bytes, 8) === "WEBP",
  read(bytes) {
    const header = readWebpHeader(bytes);
    const { width, height, orientation, profile, picture } = header;
    const pixels = picture.width * picture.height;
    const bytesOfPixel = RESULT + (picture.lossless ? LOSSLESS : 0) + (picture.alpha ? ALPHA : 0);
    return {
      ...{ width, height, orientation, scales: [1] },
      space: () => profile && readProfile(profile),
      cost: () => picture.file.length + width * ROWS + pixels * bytesOfPixel,
      decode: (tools, frame) => decode(header, tools, frame),
    };
  },
};
