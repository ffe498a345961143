import sharp from "sharp";
import type { Bitmap } from "../../../shared/image.ts";

const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8;

/**
 * Decodes a JPEG, PNG or WebP as shared/image.ts asks: a JPEG's EXIF orientation applied, ICC
 * ignored, RGBA. Who changes these options raises IMAGE_CONTRACT there.
 *
 * @throws Error with the decoder's reason when the bytes are not a whole image
 */
export async function decodeImage(bytes: Uint8Array): Promise<Bitmap> {
  const { data, info } = await sharp(bytes, {
    failOn: "warning",
    ignoreIcc: true,
    autoOrient: isJpeg(bytes),
  })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
