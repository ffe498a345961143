import { describeQueries } from "../evaluate/ranking/queries.ts";
import { VOTES } from "../evaluate/protocols/protocols.ts";
import type { FolderEvaluation } from "../evaluate/evaluateFolder.ts";
import type { Ranking } from "../evaluate/measures.ts";
import type { Recall } from "../evaluate/ranking/recall.ts";
import { recallTable } from "./tables.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Formats the evaluation of a folder as text. */
export function evaluationTable({ measures, protocols }: FolderEvaluation): string {
  const { d, s, gallery } = measures;
  const beside = (figure: (of: Ranking) => string) =>
    [
      `D ${figure(d)}, S ${figure(s)}`,
      ...(gallery ? [`S with density of the gallery ${figure(gallery)}`] : []),
    ].join(", ");
  const fraction = (value: number) => value.toFixed(3);
  const errors = [
    fraction(measures.reliability.error),
    ...(gallery ? [`with density of the gallery ${fraction(gallery.reliability.error)}`] : []),
  ];
  const sampled = describeQueries(measures.queries, measures.images);
  const lines: [string, string][] = [
    ...(sampled ? ([["ranking", sampled]] satisfies [string, string][]) : []),
    ["MAP@R", beside(({ mapAtR }) => percent(mapAtR))],
    ["AUC of pairs", beside(({ auc }) => fraction(auc))],
    ["overlap of pairs", beside(({ separation }) => fraction(separation.overlap))],
    ["NMI of clusters", fraction(measures.nmi)],
    ["calibration error", errors.join(", ")],
  ];
  if (protocols) {
    const { transfer, zeroShot } = protocols;
    const hits = Object.entries(zeroShot).map(([k, share]) => `@${k} ${percent(share)}`);
    lines.push(
      [
        "transfer",
        `class means ${percent(transfer.classMeans)}, ${VOTES} neighbours ${percent(transfer.neighbours)}`,
      ],
      ["zero-shot", hits.join(", ")],
    );
  }
  const width = Math.max(...lines.map(([title]) => title.length));
  return [
    recallTable([
      ["by distance D", d.recall],
      ["by S", s.recall],
      ...(gallery
        ? ([["by S, density of the gallery", gallery.recall]] satisfies [string, Recall][])
        : []),
      ["D's 50 nearest by S", measures.recallReranked],
    ]),
    "",
    ...lines.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`),
  ].join("\n");
}
