import type { Reply } from "./ask.ts";

/** Counts the cases by kind and by status of the answer. */
export class Tally {
  cases = 0;
  slowestMs = 0;
  private readonly counts = new Map<string, Map<string, number>>();

  /** @param reply null if the case hung up */
  add(kind: string, reply: Reply | null): void {
    this.cases += 1;
    this.slowestMs = Math.max(this.slowestMs, reply?.ms ?? 0);
    const ends = this.counts.get(kind) ?? new Map<string, number>();
    const end = reply ? String(reply.status) : "hung up";
    this.counts.set(kind, ends.set(end, (ends.get(end) ?? 0) + 1));
  }

  /** A line per kind of case, with the number of cases per status. */
  lines(): string[] {
    const width = 1 + Math.max(...[...this.counts.keys()].map(({ length }) => length));
    return [...this.counts].sort().map(([kind, ends]) => {
      const sorted = [...ends].sort().map(([end, count]) => `${end}: ${count}`);
      return `  ${kind.padEnd(width)}${sorted.join("  ")}`;
    });
  }
}
