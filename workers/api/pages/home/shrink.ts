/** Of a JPEG made again: one shrinks photographs, and what is lost is far below a network's eye. */
const QUALITY = 0.92;

/** Width and height of the same shape with so many pixels at most. */
function sidesWithin({ width, height }: ImageBitmap, pixels: number): [number, number] {
  const scale = Math.sqrt(pixels / (width * height));
  return [width, height].map((side) => Math.max(1, Math.floor(side * scale))) as [number, number];
}

/** Draws an image anew, smaller; as a JPEG where it was one, else as a PNG, which keeps transparency. */
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

/** Of the limit: still several times what a network reads, and quickly sent and decoded. */
const SHARE = 0.25;

/**
 * A smaller file of an image that has too many pixels: phones take photographs of twelve megapixels and
 * more, which an isolate's memory does not hold.
 *
 * @param pixels the most there may be
 * @returns the file itself where it is small enough, or where the browser cannot decode it: the API says
 *   then what is wrong
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
