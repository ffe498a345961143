import { describeQueries } from "../evaluate/ranking/queries.ts";
import { VOTES } from "../evaluate/protocols/protocols.ts";
import type { FolderEvaluation } from "../evaluate/evaluateFolder.ts";
import { recallTable } from "./tables.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Formats the evaluation of a folder as text. */
export function evaluationTable({ measures, protocols }: FolderEvaluation): string {
  const { d, s } = measures;
  const sampled = describeQueries(measures.queries, measures.images);
  const lines: [string, string][] = [
    ...(sampled ? ([["ranking", sampled]] satisfies [string, string][]) : []),
    ["MAP@R", `D ${percent(d.mapAtR)}, S ${percent(s.mapAtR)}`],
    ["AUC of pairs", `D ${d.auc.toFixed(3)}, S ${s.auc.toFixed(3)}`],
    [
      "overlap of pairs",
      `D ${d.separation.overlap.toFixed(3)}, S ${s.separation.overlap.toFixed(3)}`,
    ],
    ["NMI of clusters", measures.nmi.toFixed(3)],
    ["calibration error", measures.reliability.error.toFixed(3)],
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
      ["D's 50 nearest by S", measures.recallReranked],
    ]),
    "",
    ...lines.map(([title, text]) => `  ${title.padEnd(width)}  ${text}`),
  ].join("\n");
}
