import { byId, element } from "../../../pages/element.ts";
import { cssPercent, decimals, percent } from "../../../pages/format.ts";
import type { Info } from "./answers.ts";
import type { Neighbour } from "./nearest.ts";
import type { Picture } from "./picture.ts";
import { drawThumbnail } from "./thumbnail.ts";

/** Number of pictures shown. */
const MOST = 5;

const RANKED = { s: "largest S first", d: "smallest distance first" };

/** Lists the pictures nearest to one. */
export function showNearest(
  query: Picture,
  neighbours: readonly Neighbour[],
  by: Info["ranking"]["by"],
): void {
  byId("nearest-of", HTMLElement).replaceChildren(
    "to ",
    element("strong", {}, query.name),
    `, ${RANKED[by]}`,
  );
  const rows = neighbours.slice(0, MOST).map(({ picture, s, distance, probability }) => {
    const row = element(
      "li",
      {},
      drawThumbnail(picture),
      element("span", { class: "name", title: picture.name }, picture.name),
      element("span", { class: "value" }, by === "s" ? `S ${decimals(s)}` : decimals(distance)),
      element("span", { class: "bar", "aria-hidden": "true" }),
      element("span", { class: "value" }, percent(probability)),
    );
    row.style.setProperty("--p", cssPercent(probability));
    return row;
  });
  byId("nearest", HTMLOListElement).replaceChildren(...rows);
}
