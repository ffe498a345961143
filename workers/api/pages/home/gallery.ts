import { breakable } from "../../../pages/breakable.ts";
import { byId, element } from "../../../pages/element.ts";
import type { Picture } from "./picture.ts";
import { drawThumbnail } from "./thumbnail.ts";

/** Shows the pictures as tiles. Choosing one shows the nearest others; each can be removed. */
export class Gallery {
  private readonly list = byId("pictures", HTMLUListElement);

  constructor(
    private readonly choose: (picture: Picture) => void,
    private readonly remove: (picture: Picture) => void,
  ) {}

  show(pictures: readonly Picture[], chosen: Picture | undefined): void {
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...pictures.map((picture) => this.tile(picture, picture === chosen)));
    this.list.hidden = pictures.length === 0;
    if (focused) document.getElementById(focused)?.focus();
  }

  /** Moves the focus to the position of a removed tile. */
  focus(position: number): void {
    const buttons = this.list.querySelectorAll<HTMLElement>(".remove");
    (buttons[Math.min(position, buttons.length - 1)] ?? byId("choose", HTMLElement)).focus();
  }

  private tile(picture: Picture, chosen: boolean): HTMLElement {
    const { id, name, vector } = picture;
    const pick = element(
      "button",
      {
        id: `pick-${id}`,
        class: "pick",
        "aria-pressed": String(chosen),
        "aria-label": `${name}: show the nearest`,
        title: name,
      },
      drawThumbnail(picture),
      element("span", { class: "name" }, ...breakable(name)),
    );
    const remove = element(
      "button",
      { id: `remove-${id}`, class: "remove", "aria-label": `Remove ${name}` },
      "\u00d7",
    );
    pick.addEventListener("click", () => this.choose(picture));
    remove.addEventListener("click", () => this.remove(picture));
    return element("li", { class: vector ? "tile" : "tile waiting" }, pick, remove);
  }
}
