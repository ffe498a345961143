import { breakable } from "../../../pages/breakable.ts";
import { element } from "../../../pages/element.ts";
import { age } from "./age.ts";
import type { ShownJob } from "./answers.ts";
import { stateMark } from "./state.ts";
import { NOTHING, short, shownLoss, shownRecall, whole } from "./words.ts";

const LABELS = ["Step", "Loss", "Recall@1", "Images/s", "Worker"] as const;

export const groupLink = (group: string): HTMLAnchorElement =>
  element("a", { href: `/jobs?${new URLSearchParams({ group }).toString()}` }, ...breakable(group));

const cell = (label: string, ...children: (Node | string)[]) =>
  element("td", { "data-label": label }, ...children);

/** A job in the table. What does not change stays, so that it keeps its focus. */
export class ListRow {
  readonly row: HTMLTableRowElement;
  private readonly state = cell("State");
  private readonly cells = LABELS.map((label) => cell(label));
  private shown = "";

  constructor({ id, model, group, dataset, created }: ShownJob) {
    const link = element("a", { href: `/jobs/${id}` }, ...breakable(model));
    const about = element("span", { class: "hint" }, id, ...(group === null ? [] : [" in "]));
    if (group !== null) about.append(groupLink(group));
    const version = element("span", { class: "hint", title: dataset.version });
    version.append("@", short(dataset.version));
    const [step, ...others] = this.cells;
    this.row = element(
      "tr",
      {},
      this.state,
      cell("Model", link, about),
      cell("Data set", element("span", {}, ...breakable(dataset.name), version)),
      ...(step ? [step] : []),
      ...others,
      cell("Age", age(created)),
    );
  }

  update({ state, progress, worker }: ShownJob): void {
    const far = progress ? `${whole(progress.step)} of ${whole(progress.steps)}` : NOTHING;
    const rate = progress?.imagesPerSecond?.toFixed(0) ?? NOTHING;
    const texts = [
      ...[far, shownLoss(progress?.loss ?? null), shownRecall(progress?.recall ?? null)],
      ...[rate, worker ?? NOTHING],
    ];
    this.cells.forEach((it, i) => {
      const text = texts[i] ?? "";
      if (it.textContent === text) return;
      it.replaceChildren(...(it === this.cells.at(-1) ? breakable(text) : [text]));
      it.classList.toggle("nothing", text === NOTHING);
    });
    if (state !== this.shown) this.state.replaceChildren(stateMark(state));
    this.shown = state;
  }
}
