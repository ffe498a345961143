import { byId, element } from "../../../../pages/element.ts";
import type { Wanted } from "./collections.ts";

/** How the user limits a search: the label, the number of results, and the least probability. */
export class Options {
  private readonly label = byId("label", HTMLSelectElement);
  private readonly number = byId("top", HTMLSelectElement);
  private readonly least = byId("least", HTMLSelectElement);
  private labels = new Set<string>();

  constructor(changed: () => void) {
    for (const select of [this.label, this.number, this.least]) {
      select.addEventListener("change", changed);
    }
  }

  get wanted(): Wanted {
    return {
      count: Number(this.number.value),
      minProbability: Number(this.least.value),
      // The first option is for all labels; its text could also be a label.
      label: this.label.selectedIndex > 0 ? this.label.value : undefined,
    };
  }

  /** Forgets the labels of another collection. */
  reset(): void {
    this.labels = new Set();
    this.label.selectedIndex = 0;
    this.offer([]);
  }

  /** Offers more labels to choose from. */
  offer(labels: readonly string[]): void {
    const chosen = this.wanted.label;
    this.labels = new Set([...this.labels, ...labels]);
    const sorted = [...this.labels].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const all = element("option", { value: "" }, "all");
    this.label.replaceChildren(
      all,
      ...sorted.map((it) => element("option", { value: it, selected: it === chosen }, it)),
    );
    this.label.disabled = sorted.length === 0;
  }
}
