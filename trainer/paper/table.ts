import { align } from "../console/align.ts";
import type { Statistics } from "./statistics.ts";
import type { PaperResult, Summary } from "./result.ts";

const percent = ({ mean, deviation }: Statistics) =>
  (100 * mean).toFixed(1) + (deviation === null ? "" : ` ±${(100 * deviation).toFixed(1)}`);
const thousandths = ({ mean }: Statistics) => mean.toFixed(3);

const hundredths = ({ mean }: Statistics) => (100 * mean).toFixed(1);

/** Titles and cells; a cell is null where the figure is not known. */
const COLUMNS: [string, (summary: Summary) => string | null][] = [
  ["R@1 by D", ({ recallByD }) => percent(recallByD["1"]!)],
  ["R@1 by S", ({ recallByS }) => percent(recallByS["1"]!)],
  ["R@1 gallery", ({ gallery }) => gallery && percent(gallery.recall["1"]!)],
  ["D's 50 by S", ({ recallReranked }) => percent(recallReranked["1"]!)],
  ["MAP@R D", ({ mapAtRByD }) => hundredths(mapAtRByD)],
  ["MAP@R S", ({ mapAtRByS }) => hundredths(mapAtRByS)],
  ["MAP@R gallery", ({ gallery }) => gallery && hundredths(gallery.mapAtR)],
  ["NMI", ({ nmi }) => thousandths(nmi)],
  ["AUC D", ({ aucByD }) => thousandths(aucByD)],
  ["AUC S", ({ aucByS }) => thousandths(aucByS)],
  ["AUC gallery", ({ gallery }) => gallery && thousandths(gallery.auc)],
  ["ECE", ({ calibrationError }) => thousandths(calibrationError)],
  ["ECE gallery", ({ gallery }) => gallery && thousandths(gallery.calibrationError)],
  ["seconds", ({ seconds }) => seconds && seconds.mean.toFixed(0)],
];

/**
 * Every method and control beside the paper's own figures, as text. Recall and MAP@R are in %. Columns that
 * no method has a figure for are left out.
 */
export function paperTable({ methods, controls }: PaperResult): string {
  const columns = COLUMNS.filter(([, cell]) =>
    methods.some(({ summary }) => cell(summary) !== null),
  );
  const none = columns.map(() => "");
  return align([
    ["", ...columns.map(([title]) => title), "paper: CUB", "Cars"],
    ...controls.map(({ title, dimensions, recall, auc }) => {
      const cells = [...none];
      cells[0] = (100 * recall["1"]!).toFixed(1);
      cells[columns.findIndex(([name]) => name === "AUC D")] = auc.toFixed(3);
      return [`${title}, ${dimensions}-d`, ...cells, "", ""];
    }),
    ...methods.map(({ title, published, summary }) => [
      title,
      ...columns.map(([, cell]) => cell(summary) ?? "-"),
      published?.cub.toFixed(1) ?? "",
      published?.cars.toFixed(1) ?? "",
    ]),
  ]);
}
