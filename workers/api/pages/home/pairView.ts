import { byId, element } from "../../../pages/element.ts";
import { decimals, percent } from "../../../pages/format.ts";
import type { Scored } from "./client.ts";
import type { Picture } from "./picture.ts";
import { drawThumbnail } from "./thumbnail.ts";

const figure = (term: string, value: string) =>
  element("div", {}, element("dt", {}, term), element("dd", {}, value));

const side = (picture: Picture) =>
  element(
    "figure",
    {},
    drawThumbnail(picture),
    element("figcaption", { title: picture.name }, picture.name),
  );

/** Shows two pictures side by side with their scores. */
export function showPair(a: Picture, b: Picture, { s, probability, distance }: Scored): void {
  byId("pair-body", HTMLElement).replaceChildren(
    element("div", { class: "sides" }, side(a), side(b)),
    element(
      "dl",
      { class: "figures" },
      figure("probability", percent(probability)),
      figure("S", decimals(s)),
      figure("distance", decimals(distance)),
    ),
  );
}
