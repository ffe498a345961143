import { byId, element } from "../../../pages/element.ts";
import { bytes, percent } from "../../../pages/format.ts";
import type { Info } from "./answers.ts";

/** Recall@K on classes never seen in training, as a small table. */
function recallTable(recall: Record<string, number>): HTMLElement {
  const entries = Object.entries(recall).sort(([a], [b]) => Number(a) - Number(b));
  return element(
    "div",
    { class: "recall" },
    ...entries.map(([k, share]) =>
      element(
        "span",
        {},
        element("span", { class: "hint" }, `@${k}`),
        " ",
        element("span", {}, percent(share)),
      ),
    ),
  );
}

/** Shows the model and its measured quality from /info. */
export function showCard(info: Info): void {
  const { training, ranking, input } = info;
  const { classes, metrics } = training;
  const { s, d } = ranking.recall_at_1;
  const measured = Object.keys(metrics.exported).length > 0;
  const entries: [string, string | HTMLElement][] = [
    ["Name", info.model],
    ["Version", info.version],
    ["Made", info.created.slice(0, 10)],
    ["Learned from", `${training.dataset}, ${training.images} images`],
    ["Classes", `${classes.train} to train on, ${classes.test} to test on`],
    ["Method", training.method],
    ["Size", `${bytes(info.weights.bytes)} of weights, ${info.engine.arithmetic} arithmetic`],
    [
      "Input, embedding",
      `${input.width} \u00d7 ${input.height} pixels, ${info.dimensions} numbers`,
    ],
    [
      `Ranks by ${ranking.by === "s" ? "S" : "distance"}`,
      `recall@1 ${percent(s)} by S, ${percent(d)} by distance, on ${ranking.classes} classes`,
    ],
    [
      "Recall on classes never seen, by distance",
      measured ? recallTable(metrics.exported) : "not measured",
    ],
  ];
  byId("card", HTMLElement).replaceChildren(
    ...entries.map(([term, value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, value)),
    ),
  );
  byId("model", HTMLElement).hidden = false;
}
