import { clearScreenDown, moveCursor } from "node:readline";
import type { Say } from "./say.ts";

/** How often a line of all is printed if the output is not a terminal. */
const SUMMARY_EVERY_MS = 30_000;

/** Of the terminal, what is not for rows: the line of all, and the one of the cursor. */
const OTHER_LINES = 2;

/** The line of one task among several. */
export interface BoardRow {
  id: string;
  text: string;
  /** Without a terminal, a row is printed when this has changed. */
  state: string;
  ended: boolean;
}

/**
 * Shows a line for each of several tasks that go on at the same time, and one for all. A terminal gets them rewritten
 * in place.
 */
export class Board {
  private readonly terminal = process.stderr.isTTY ? process.stderr : null;
  private readonly states = new Map<string, string>();
  private height = 0;
  private told = performance.now();

  /** @param say prints a line if there is no terminal */
  constructor(private readonly say: Say) {}

  show(rows: readonly BoardRow[], summary: string): void {
    if (this.terminal) return this.rewrite(this.terminal, rows, summary);
    for (const { id, text, state } of rows) {
      if (this.states.get(id) !== state) this.say(text);
      this.states.set(id, state);
    }
    if (performance.now() - this.told < SUMMARY_EVERY_MS) return;
    this.told = performance.now();
    this.say(summary);
  }

  private rewrite(
    out: NodeJS.WriteStream & { fd: 2 },
    rows: readonly BoardRow[],
    summary: string,
  ): void {
    const room = Math.max(1, out.rows - OTHER_LINES);
    // Those that go on are worth more than those that have ended.
    const excess = rows.length - room;
    const hidden = new Set(rows.filter(({ ended }) => ended).slice(0, Math.max(0, excess)));
    const shown = rows.filter((row) => !hidden.has(row)).slice(0, room);
    const lines = [...shown.map(({ text }) => text), summary];
    moveCursor(out, 0, -this.height);
    clearScreenDown(out);
    out.write(lines.map((line) => `${line.slice(0, out.columns - 1)}\n`).join(""));
    this.height = lines.length;
  }
}
