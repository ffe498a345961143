import type { Statistics } from "./statistics.ts";
import type { PaperResult, Summary } from "./result.ts";

const percent = ({ mean, deviation }: Statistics) =>
  (100 * mean).toFixed(1) + (deviation === null ? "" : ` ±${(100 * deviation).toFixed(1)}`);
const thousandths = ({ mean }: Statistics) => mean.toFixed(3);

const COLUMNS: [string, (summary: Summary) => string][] = [
  ["R@1 by D", ({ recallByD }) => percent(recallByD["1"]!)],
  ["R@1 by S", ({ recallByS }) => percent(recallByS["1"]!)],
  ["D's 50 by S", ({ recallReranked }) => percent(recallReranked["1"]!)],
  ["MAP@R", ({ mapAtRByD }) => (100 * mapAtRByD.mean).toFixed(1)],
  ["NMI", ({ nmi }) => thousandths(nmi)],
  ["AUC D", ({ aucByD }) => thousandths(aucByD)],
  ["AUC S", ({ aucByS }) => thousandths(aucByS)],
  ["ECE", ({ calibrationError }) => thousandths(calibrationError)],
  ["seconds", ({ seconds }) => (seconds ? seconds.mean.toFixed(0) : "-")],
];

function align(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
        )
        .join("  "),
    )
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}

/** Every method and control beside the paper's own figures, as text. Recall and MAP@R are in %. */
export function paperTable({ methods, controls }: PaperResult): string {
  const none = COLUMNS.map(() => "");
  return align([
    ["", ...COLUMNS.map(([title]) => title), "paper: CUB", "Cars"],
    ...controls.map(({ title, dimensions, recall, auc }) => {
      const cells = [...none];
      cells[0] = (100 * recall["1"]!).toFixed(1);
      cells[COLUMNS.findIndex(([name]) => name === "AUC D")] = auc.toFixed(3);
      return [`${title}, ${dimensions}-d`, ...cells, "", ""];
    }),
    ...methods.map(({ title, published, summary }) => [
      title,
      ...COLUMNS.map(([, cell]) => cell(summary)),
      published?.cub.toFixed(1) ?? "",
      published?.cars.toFixed(1) ?? "",
    ]),
  ]);
}
