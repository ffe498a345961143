import { byId, element } from "./element.ts";

/** What went wrong, a line each, read out as it appears. */
export class Problems {
  private readonly list = byId("problems", HTMLUListElement);

  clear(): void {
    this.list.replaceChildren();
  }

  /** @param name the file that it is about; none for all */
  add(message: string, name?: string): void {
    const about = name === undefined ? [] : [element("strong", {}, name), ": "];
    this.list.append(element("li", {}, ...about, message));
  }
}
