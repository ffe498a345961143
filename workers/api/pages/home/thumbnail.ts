import { element } from "../../../pages/element.ts";
import type { Picture } from "./picture.ts";

/** Pixels of the longer side: twice the size shown, for dense screens. */
const SIDE = 192;

/** Makes a small bitmap of an image file. @returns undefined if the browser cannot decode it */
export async function makeThumbnail(file: Blob): Promise<ImageBitmap | undefined> {
  try {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(whole.width, whole.height));
    const small = await createImageBitmap(whole, {
      resizeWidth: Math.max(1, Math.round(whole.width * scale)),
      resizeHeight: Math.max(1, Math.round(whole.height * scale)),
      resizeQuality: "high",
    });
    whole.close();
    return small;
  } catch {
    return undefined;
  }
}

/** Draws the thumbnail. It is hidden from screen readers, because the name stands beside it or in a label. */
export function drawThumbnail({ thumbnail }: Pick<Picture, "thumbnail">): HTMLElement {
  if (!thumbnail)
    return element("span", { class: "thumbnail missing", "aria-hidden": "true" }, "?");
  const canvas = element("canvas", { class: "thumbnail", "aria-hidden": "true" });
  canvas.width = thumbnail.width;
  canvas.height = thumbnail.height;
  canvas.getContext("2d")?.drawImage(thumbnail, 0, 0);
  return canvas;
}
