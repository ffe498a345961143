import { RECALL_AT, type Recall } from "../evaluate/ranking/recall.ts";

/** Formats Recall@K in percent as text, with a row per method. */
export function recallTable(rows: [method: string, recall: Recall][]): string {
  const width = Math.max(...rows.map(([method]) => method.length));
  const line = (method: string, cells: string[]) =>
    `  ${method.padEnd(width)}${cells.map((cell) => cell.padStart(8)).join("")}`;
  return [
    line(
      "",
      RECALL_AT.map((k) => `R@${k}`),
    ),
    ...rows.map(([method, recall]) =>
      line(
        method,
        RECALL_AT.map((k) => (100 * recall[k]!).toFixed(1)),
      ),
    ),
  ].join("\n");
}
