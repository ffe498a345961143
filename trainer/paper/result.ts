import type { Config } from "../runs/config.ts";
import type { Recall } from "../evaluate/ranking/recall.ts";
import type { Hyperparameters } from "../methods/method.ts";
import { DEFAULT_METHOD, defaultsOf, type MethodName, METHODS } from "../methods/methods.ts";
import type { Control } from "./controls.ts";
import type { MiningCost } from "./miningCost.ts";
import type { RunResult } from "./runResult.ts";
import { describeValues, type Statistics } from "./statistics.ts";

type Gallery = NonNullable<RunResult["measures"]["gallery"]>;

/** A method, measured with every seed. */
export interface MethodResult {
  method: MethodName;
  title: string;
  published?: { cub: number; cars: number };
  hyperparameters: Hyperparameters;
  summary: Summary;
  runs: (RunResult & { seed: number })[];
}

/** A run that gave no figures. */
export interface DivergedRun {
  method: MethodName;
  seed: number;
  /** At which step, and what to try. */
  message: string;
}

/** Everything that the paper's command found. */
export interface PaperResult {
  config: Omit<Config, "name" | "method" | "hyperparameters" | "seed">;
  seeds: number[];
  data: {
    layout: string;
    fingerprint: string;
    images: { train: number; heldOut: number; test: number };
    classes: { train: number; heldOut: number; test: number };
  };
  started: string;
  versions: Record<string, string>;
  controls: Control[];
  miningCosts: MiningCost[];
  methods: MethodResult[];
  diverged: DivergedRun[];
}

const summariseEach = <T>(
  runs: readonly T[],
  figures: (run: T) => Recall,
): Record<string, Statistics> =>
  Object.fromEntries(
    Object.keys(figures(runs[0]!)).map((k) => [
      k,
      describeValues(runs.map((run) => figures(run)[k]!)),
    ]),
  );

function summariseGallery(galleries: readonly Gallery[]) {
  const over = (figure: (gallery: Gallery) => number) => describeValues(galleries.map(figure));
  return {
    recall: summariseEach(galleries, ({ recall }) => recall),
    mapAtR: over(({ mapAtR }) => mapAtR),
    auc: over(({ auc }) => auc),
    calibrationError: over(({ reliability }) => reliability.error),
  };
}

/** Mean and standard deviation over the seeds of all that is one number. @param runs at least one */
export function summarise(runs: readonly RunResult[]) {
  const over = (figure: (run: RunResult) => number) => describeValues(runs.map(figure));
  const overEach = (figures: (run: RunResult) => Recall) => summariseEach(runs, figures);
  const galleries = runs.flatMap(({ measures }) => measures.gallery ?? []);
  const seconds = runs.flatMap((run) => run.seconds ?? []);
  return {
    recallByD: overEach(({ measures }) => measures.d.recall),
    recallByS: overEach(({ measures }) => measures.s.recall),
    recallReranked: overEach(({ measures }) => measures.recallReranked),
    recallByDensity: overEach(({ density }) => density.recall),
    mapAtRByD: over(({ measures }) => measures.d.mapAtR),
    mapAtRByS: over(({ measures }) => measures.s.mapAtR),
    nmi: over(({ measures }) => measures.nmi),
    aucByD: over(({ measures }) => measures.d.auc),
    aucByS: over(({ measures }) => measures.s.auc),
    aucByDensity: over(({ density }) => density.auc),
    overlapByD: over(({ measures }) => measures.d.separation.overlap),
    overlapByS: over(({ measures }) => measures.s.separation.overlap),
    calibrationError: over(({ measures }) => measures.reliability.error),
    classMeans: over(({ transfer }) => transfer.classMeans),
    neighbours: over(({ transfer }) => transfer.neighbours),
    zeroShot: overEach(({ zeroShot }) => zeroShot),
    /** By S with densities of the gallery; null unless all runs know it. */
    gallery: galleries.length === runs.length ? summariseGallery(galleries) : null,
    /** Null where no run knows. */
    seconds: seconds.length > 0 ? describeValues(seconds) : null,
  };
}

export type Summary = ReturnType<typeof summarise>;

/** @param runs of one method, at least one */
export function methodResult(method: MethodName, runs: MethodResult["runs"]): MethodResult {
  const { title, published } = METHODS[method];
  const hyperparameters = defaultsOf(method);
  return { method, title, published, hyperparameters, summary: summarise(runs), runs };
}

const byRecall = (a: MethodResult, b: MethodResult) =>
  b.summary.recallByD["1"]!.mean - a.summary.recallByD["1"]!.mean;

/** The method to look at more closely: the default one or, without it, the one of best Recall@1. */
export function featured(methods: readonly MethodResult[]): MethodResult {
  return methods.find(({ method }) => method === DEFAULT_METHOD) ?? [...methods].sort(byRecall)[0]!;
}

/** The methods whose similarity is looked at more closely: the published one, and the featured one. */
export function compared(methods: readonly MethodResult[]): MethodResult[] {
  const best = featured(methods);
  const published = methods.find(({ method }) => method === "pddm-quadruplet");
  return published && published !== best ? [published, best] : [best];
}

/** The paper's ablation: trained with one loss or with both. */
export function ablation(methods: readonly MethodResult[]): { title: string; it: MethodResult }[] {
  const parts: [string, MethodName][] = [
    ["score layer only", "pddm-score-only"],
    ["feature layer only", "pddm-feature-only"],
    ["both", "pddm-quadruplet"],
  ];
  return parts.flatMap(([title, name]) => {
    const it = methods.find(({ method }) => method === name);
    return it ? [{ title, it }] : [];
  });
}
