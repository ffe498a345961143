import { byId, element } from "./element.ts";

/** A list of problems. Screen readers announce each new line. */
export class Problems {
  private readonly list: HTMLUListElement;

  /** @param id of the list */
  constructor(id: string) {
    this.list = byId(id, HTMLUListElement);
  }

  clear(): void {
    this.list.replaceChildren();
  }

  /** Shows only this. What is shown already is not announced again. */
  show(message: string): void {
    if (this.list.textContent !== message) this.list.replaceChildren(element("li", {}, message));
  }

  /** @param name the file that the problem is about, if it is about one */
  add(message: string, name?: string): void {
    const about = name === undefined ? [] : [element("strong", {}, name), ": "];
    this.list.append(element("li", {}, ...about, message));
  }
}
