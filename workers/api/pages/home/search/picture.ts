import { element } from "../../../../pages/element.ts";
import { drawThumbnail } from "../thumbnail.ts";
import type { Pictures } from "./pictures.ts";

/**
 * A place for the picture of a file, which is drawn when it has been decoded.
 *
 * @param initial stands there if there is no file
 */
export function showPicture(
  pictures: Pictures,
  file: File | undefined,
  initial: string,
): HTMLElement {
  const place = element("span", { class: "place", "aria-hidden": "true" });
  if (!file) {
    place.classList.add("absent");
    place.append(initial.slice(0, 1));
    return place;
  }
  void pictures
    .thumbnail(file)
    .then((thumbnail) => place.replaceChildren(drawThumbnail({ thumbnail })));
  return place;
}
