import { element } from "../../../pages/element.ts";
import type { ShownJob } from "./answers.ts";

/** The state of a job as a word with a mark. */
export const stateMark = (state: ShownJob["state"]): HTMLElement =>
  element("span", { class: "state", "data-state": state }, state);
