import { byId } from "../../../pages/element.ts";

/** Lines of the log that are shown: the last ones. */
const MOST = 2000;

/** Pixels from its end within which the log follows its end. */
const NEAR = 40;

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** The log of a job. It stays at its end while its user has not scrolled up. */
export class LogView {
  private readonly text = byId("log", HTMLPreElement);
  private lines: string[] = [];

  append(added: readonly string[]): void {
    if (added.length === 0) return;
    byId("log-none", HTMLElement).hidden = true;
    const { text } = this;
    text.hidden = false;
    const follows = text.scrollHeight - text.scrollTop - text.clientHeight < NEAR;
    this.lines.push(...added);
    // Otherwise what the user has selected would be lost.
    if (this.lines.length <= MOST) text.append(textOf(added));
    else {
      this.lines = this.lines.slice(-MOST);
      text.replaceChildren(textOf(this.lines));
    }
    if (follows) text.scrollTop = text.scrollHeight;
  }
}
