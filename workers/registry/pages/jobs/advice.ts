import { element } from "../../../pages/element.ts";

/** Says what to do, with commands that do it. */
export const advice = (sentence: string, ...commands: string[]): HTMLElement[] => [
  element("p", {}, sentence),
  element("pre", { tabindex: 0, "aria-label": "Commands" }, commands.join("\n")),
];
