import { breakable } from "../../../../pages/breakable.ts";
import { byId, element } from "../../../../pages/element.ts";
import { cssPercent, decimals, percent } from "../../../../pages/format.ts";
import type { Found, Result } from "./answers.ts";
import { showPicture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import { Tiles } from "./tiles.ts";

/** What can be done with a result. */
export type Action = "more" | "also" | "not";

const button = (text: string, label: string, act: () => void) => {
  const made = element("button", { class: "small", "aria-label": label, title: label }, text);
  made.addEventListener("click", act);
  return made;
};

/** The label of an item, if it has one. */
export function labelOf({ label }: Record<string, unknown>): string | undefined {
  return typeof label === "string" ? label : undefined;
}

/** What people call an item: the path or the key of the bucket that it came from, if its id is only a digest. */
export function nameOf(id: string, { path, key }: Record<string, unknown>): string {
  const from = path ?? key;
  return typeof from === "string" && /^[0-9a-f]{64}$/.test(id) ? from : id;
}

/** A name without the folder that its label tells already. */
const behind = (label: string | undefined, name: string): string =>
  name.startsWith(`${label}/`) ? name.slice(`${label}/`.length) : name;

/** The results of a search, as tiles. */
export class Results {
  private readonly list = byId("found", HTMLUListElement);
  private readonly tiles = new Tiles(this.list);

  /** @param act called when a result is chosen */
  constructor(
    private readonly pictures: Pictures,
    private readonly act: (action: Action, result: Result) => void,
  ) {}

  show(collection: string, { results }: Found): void {
    const files = results.map(({ id }) => this.pictures.get(collection, id));
    const isTextual = files.every((file) => !file);
    this.list.classList.toggle("textual", isTextual);
    byId("no-pictures", HTMLElement).hidden = !isTextual || files.length === 0;
    this.tiles.show(results.map((result, i) => this.tile(result, files[i])));
  }

  clear(): void {
    this.tiles.show([]);
  }

  /** The place of the result that has the focus; -1 if none has. */
  get focused(): number {
    return this.tiles.positionOf(document.activeElement);
  }

  focus(position: number): boolean {
    return this.tiles.focus(position);
  }

  private tile(result: Result, file: File | undefined): HTMLElement {
    const { id, metadata, probability, score, distance } = result;
    const [label, name] = [labelOf(metadata), nameOf(id, metadata)];
    const title = label === undefined ? name : `${name}, label ${label}`;
    const more = element(
      "button",
      { class: "pick", "aria-label": `${title}, ${percent(probability)}: more like this`, title },
      showPicture(this.pictures, file, label ?? name),
      element("span", { class: "probability" }, percent(probability)),
      element("span", { class: "bar", "aria-hidden": "true" }),
      ...(label === undefined ? [] : [element("span", { class: "name" }, ...breakable(label))]),
      element("span", { class: "name hint" }, ...breakable(behind(label, name))),
      element(
        "span",
        { class: "scores hint" },
        element("span", {}, `S ${decimals(score)},`),
        element("span", {}, `distance ${decimals(distance)}`),
      ),
    );
    more.addEventListener("click", () => this.act("more", result));
    const tile = element(
      "li",
      { class: "result" },
      more,
      element(
        "div",
        { class: "choices" },
        button("+ Also", `Also like ${name}`, () => this.act("also", result)),
        button("\u2212 Not", `Not like ${name}`, () => this.act("not", result)),
      ),
    );
    tile.style.setProperty("--p", cssPercent(probability));
    return tile;
  }
}
