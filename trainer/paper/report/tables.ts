import { RECALL_AT } from "../../evaluate/ranking/recall.ts";
import type { Control } from "../controls.ts";
import { ablation, type MethodResult, type PaperResult, type Summary } from "../result.ts";
import type { Statistics } from "../statistics.ts";
import type { Html } from "./html.ts";
import { type Column, exactly, percent, table, thousandths } from "./table.ts";

type Read = (summary: Summary) => Statistics | null;

const named: Column<MethodResult> = { title: "", value: ({ title }) => title };

const share = (title: string, read: Read): Column<MethodResult> => ({
  title,
  value: ({ summary }) => read(summary),
  better: "higher",
});
const fraction = (
  title: string,
  read: Read,
  better: "higher" | "lower" = "higher",
): Column<MethodResult> => ({ ...share(title, read), format: thousandths, better });

const published = (title: string, set: "cub" | "cars"): Column<MethodResult> => ({
  title,
  value: (it) => it.published && exactly(it.published[set] / 100),
});

/** Columns of S with densities of the gallery; none where no method knows it. */
const galleryColumns = (
  methods: readonly MethodResult[],
  columns: readonly Column<MethodResult>[],
): readonly Column<MethodResult>[] =>
  methods.some(({ summary }) => summary.gallery !== null) ? columns : [];

/** Every method, beside the paper's own figures of those that it has. */
export const summaryTable = (methods: readonly MethodResult[]): Html =>
  table(
    [
      named,
      share("R@1 by D", ({ recallByD }) => recallByD["1"]!),
      share("R@1 by S", ({ recallByS }) => recallByS["1"]!),
      ...galleryColumns(methods, [
        share("S, density of the gallery", ({ gallery }) => gallery && gallery.recall["1"]!),
      ]),
      ...(methods.some((it) => it.published)
        ? [published("paper: CUB", "cub"), published("paper: Cars", "cars")]
        : []),
      share("D's 50 by S", ({ recallReranked }) => recallReranked["1"]!),
      share("MAP@R", ({ mapAtRByD }) => mapAtRByD),
      fraction("AUC D", ({ aucByD }) => aucByD),
      fraction("AUC S", ({ aucByS }) => aucByS),
      fraction("ECE", ({ calibrationError }) => calibrationError, "lower"),
    ],
    methods,
  );

/** What needs no training. */
export const controlTable = (controls: readonly Control[]): Html =>
  table<Control>(
    [
      { title: "", value: ({ title }) => title },
      { title: "dimensions", value: ({ dimensions }) => String(dimensions) },
      ...RECALL_AT.map((k): Column<Control> => ({
        title: `R@${k}`,
        value: ({ recall }) => exactly(recall[k]!),
        better: "higher",
      })),
      {
        title: "AUC",
        value: ({ auc }) => exactly(auc),
        format: thousandths,
        better: "higher",
      },
    ],
    controls,
  );

/** The paper's ablation, or null where its methods were left out. */
export function ablationTable(methods: readonly MethodResult[]): Html | null {
  const parts = ablation(methods);
  if (parts.length < 2) return null;
  const columns = [
    share("R@1 by D", ({ recallByD }) => recallByD["1"]!),
    share("R@1 by S", ({ recallByS }) => recallByS["1"]!),
    fraction("AUC D", ({ aucByD }) => aucByD),
    fraction("AUC S", ({ aucByS }) => aucByS),
  ];
  return table<(typeof parts)[number]>(
    [
      { title: "", value: ({ title }) => title },
      ...columns.map(({ value, ...column }) => ({
        ...column,
        value: (part: (typeof parts)[number]) => value(part.it),
      })),
    ],
    parts,
  );
}

/** Recall@K for all K by each ranking. */
export function recallTables(methods: readonly MethodResult[]): { title: string; table: Html }[] {
  const rankings: [string, (summary: Summary) => Record<string, Statistics> | undefined][] = [
    ["by D", ({ recallByD }) => recallByD],
    ["by S, over all images", ({ recallByS }) => recallByS],
    ["by S, density of the gallery", ({ gallery }) => gallery?.recall],
    ["by S, over the 50 nearest by D", ({ recallReranked }) => recallReranked],
    ["by D, density-corrected", ({ recallByDensity }) => recallByDensity],
  ];
  return rankings.flatMap(([title, recall]) => {
    const known = methods.filter(({ summary }) => recall(summary));
    const columns = RECALL_AT.map((k) =>
      share(`R@${k}`, (summary) => recall(summary)?.[k] ?? null),
    );
    return known.length > 0 ? [{ title, table: table([named, ...columns], known) }] : [];
  });
}

/** What is left: ranking by more than one neighbour, clusters, overlap, transfer, zero-shot. */
export const moreTable = (methods: readonly MethodResult[]): Html =>
  table(
    [
      named,
      share("MAP@R by D", ({ mapAtRByD }) => mapAtRByD),
      share("MAP@R by S", ({ mapAtRByS }) => mapAtRByS),
      ...galleryColumns(methods, [
        share("MAP@R by S, gallery", ({ gallery }) => gallery && gallery.mapAtR),
        fraction("AUC S, gallery", ({ gallery }) => gallery && gallery.auc),
        fraction("ECE, gallery", ({ gallery }) => gallery && gallery.calibrationError, "lower"),
      ]),
      fraction("NMI", ({ nmi }) => nmi),
      fraction("overlap D", ({ overlapByD }) => overlapByD, "lower"),
      fraction("overlap S", ({ overlapByS }) => overlapByS, "lower"),
      fraction("AUC D, density", ({ aucByDensity }) => aucByDensity),
      share("transfer, class mean", ({ classMeans }) => classMeans),
      share("transfer, k-NN", ({ neighbours }) => neighbours),
      share("zero-shot hit@1", ({ zeroShot }) => zeroShot["1"]!),
      share("hit@5", ({ zeroShot }) => zeroShot["5"]!),
      {
        title: "seconds",
        value: ({ summary }) => summary.seconds,
        format: (value) => value.toFixed(0),
      },
    ],
    methods,
  );

/** Every run for itself. */
export function seedTable({ methods }: PaperResult): Html {
  const rows = methods.flatMap(({ title, runs }) => runs.map((run) => ({ title, run })));
  type Row = (typeof rows)[number];
  const number = (title: string, read: (row: Row) => number, format = percent): Column<Row> => ({
    title,
    value: (row) => exactly(read(row)),
    format,
  });
  return table<Row>(
    [
      { title: "", value: ({ title }) => title },
      { title: "seed", value: ({ run }) => String(run.seed) },
      number("R@1 by D", ({ run }) => run.measures.d.recall["1"]!),
      number("R@1 by S", ({ run }) => run.measures.s.recall["1"]!),
      number("AUC D", ({ run }) => run.measures.d.auc, thousandths),
      number("AUC S", ({ run }) => run.measures.s.auc, thousandths),
      number("ECE", ({ run }) => run.measures.reliability.error, thousandths),
      { title: "seconds", value: ({ run }) => run.seconds?.toFixed(0) },
    ],
    rows,
  );
}
