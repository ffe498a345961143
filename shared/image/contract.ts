/**
 * The image contract: the same bytes give the same pixels in the trainer and at the edge, for both run
 * this code and the same WebAssembly.
 *
 * 1. Decode to 8-bit RGBA (decode/). A JPEG may be decoded to 1/2, 1/4 or 1/8 of its size, where the
 *    manifest says so (Frame.decode).
 * 2. Fit the picture to the network's input size and its margin on every side (frame.ts), with a triangle
 *    filter that widens when shrinking (antialiased bilinear, as Pillow's BILINEAR), on values that are
 *    premultiplied by alpha. It is narrower after scaled decoding, which has blurred already (resample/taps.ts).
 * 3. Cut the margin off, lay the rest over white and round to 8 bits: RGB, row by row.
 * 4. Convert these pixels to sRGB, where the manifest says so and the file says that they are of another
 *    space (decode/colour/).
 * 5. Turn the picture upright, as Exif says.
 *
 * Normalisation ((x / 255 - mean) / std) belongs to the network's input: see model.ts.
 */

/**
 * The version of this contract. Raise it with every change that gives other pixels for the same bytes:
 * caches of pixels keep versions apart by it.
 */
export const IMAGE_CONTRACT = 6;
