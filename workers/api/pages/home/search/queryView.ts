import { byId, element } from "../../../../pages/element.ts";
import { showPicture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import type { Example, Query } from "./query.ts";

const SIDES = [
  ["positives", "Like"],
  ["negatives", "Not like"],
] as const;

/** Shows what is looked for, as chips that can be removed. */
export class QueryView {
  private readonly list = byId("examples", HTMLUListElement);

  constructor(
    private readonly pictures: Pictures,
    private readonly remove: (example: Example) => void,
  ) {}

  show(collection: string, query: Query): void {
    const chips = SIDES.flatMap(([side, word]) =>
      query[side].map((example) => this.chip(collection, example, word)),
    );
    this.list.replaceChildren(...chips);
    this.list.hidden = chips.length === 0;
  }

  private chip(collection: string, example: Example, word: string): HTMLElement {
    const { name } = example;
    const file =
      example.kind === "picture" ? example.file : this.pictures.get(collection, example.id);
    const remove = element(
      "button",
      { class: "remove", "aria-label": `Remove ${word.toLowerCase()} ${name}` },
      "\u00d7",
    );
    remove.addEventListener("click", () => this.remove(example));
    return element(
      "li",
      { class: "chip", title: name },
      ...(file ? [showPicture(this.pictures, file, name)] : []),
      element("span", { class: "hint" }, word),
      element("span", { class: "name" }, name),
      remove,
    );
  }
}
