/** Quality of the new JPEG. At this quality the loss does not matter to the network. */
const QUALITY = 0.92;

/** Width and height of the same aspect ratio with at most `pixels` pixels. */
function sidesWithin({ width, height }: ImageBitmap, pixels: number): [number, number] {
  const scale = Math.sqrt(pixels / (width * height));
  return [width, height].map((side) => Math.max(1, Math.floor(side * scale))) as [number, number];
}

/** Draws an image at another size: a JPEG as a JPEG, others as PNG, which keeps transparency. */
function redraw(whole: ImageBitmap, [width, height]: [number, number], type: string) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context) context.imageSmoothingQuality = "high";
  context?.drawImage(whole, 0, 0, width, height);
  const as = type === "image/jpeg" ? type : "image/png";
  return new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, as, QUALITY));
}

/** Pixels of the smaller image, as a share of the limit: more than a network reads, and quick to send and decode. */
const SHARE = 0.25;

/**
 * Shrinks an image that has too many pixels. Phones take photographs of 12 megapixels and more, which do not
 * fit into the memory of an isolate.
 *
 * @param pixels the most pixels of an image
 * @returns the same file if it is small enough, or if the browser cannot decode it; the API then reports the
 *   problem
 */
export async function shrinkLarger(file: File, pixels: number): Promise<File> {
  let whole: ImageBitmap;
  try {
    whole = await createImageBitmap(file);
  } catch {
    return file;
  }
  try {
    if (whole.width * whole.height <= pixels) return file;
    const small = await redraw(whole, sidesWithin(whole, SHARE * pixels), file.type);
    return small ? new File([small], file.name, { type: small.type }) : file;
  } finally {
    whole.close();
  }
}
