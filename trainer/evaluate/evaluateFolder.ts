import { join, resolve } from "node:path";
import * as z from "zod";
import { Model } from "../../shared/model.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import { probabilityOf } from "../../shared/probability.ts";
import { openBackend } from "../backends/open.ts";
import { leakLines } from "../data/copies.ts";
import type { Dataset } from "../data/folder.ts";
import { type Split, splitByClass } from "../data/split.ts";
import { embedAll } from "./embedAll.ts";
import { UserError } from "../error.ts";
import { embedItems } from "./embed.ts";
import type { Embedded } from "./embedded.ts";
import type { Scorer } from "./scorer.ts";
import { measure } from "./measure.ts";
import type { Measures } from "./measures.ts";
import { measureProtocols, type Protocols } from "./protocols/protocols.ts";
import { testObstacle } from "./testable.ts";
import { ENGINE } from "../export/engine.ts";
import { readPackage } from "../export/package.ts";
import { reopen } from "../runs/reopen.ts";
import type { Say } from "../console/say.ts";
import { readFolder } from "../data/readFolder.ts";
import { Run } from "../runs/run.ts";

/** A trained model beside the images that it is measured on. */
export interface Subject {
  /** The method that it was trained by, and the seed of that. */
  method: string;
  seed: number;
  data: Dataset;
  split: Split;
  scorer: Scorer;
  embed(items: readonly number[]): Embedded;
  /** The probability that a pair with this score is of one class. */
  probability(score: number): number;
}

export interface FolderEvaluation {
  method: string;
  seed: number;
  measures: Measures;
  /** Null where no class of the folder was trained on. */
  protocols: Protocols | null;
  /** That embedding and measuring took. */
  seconds: number;
}

/** Which classes a package has seen: as it says itself where these are the images it was trained on. */
function splitForPackage(
  data: Dataset,
  { training }: Manifest,
  trainClasses: number | undefined,
  say: Say,
): Split {
  const { fingerprint, testClasses } = training.dataset;
  const isKnown = fingerprint === data.fingerprint;
  if (!isKnown && trainClasses === undefined) {
    say(
      "The package was not trained on these images, so every class counts as unseen " +
        "(--train-classes says otherwise).",
    );
  }
  const count = trainClasses ?? (isKnown ? data.classes.length - testClasses : 0);
  if (count > 0) {
    const split = splitByClass(data, count);
    for (const line of leakLines(data, split)) say(line);
    return split;
  }
  return { train: [], heldOut: [], test: Array.from(data.labels.keys()), singletons: [] };
}

const methodSchema = z.object({ method: z.string() });

/**
 * A package and a folder of images, on WebAssembly, as at the edge.
 *
 * @param trainClasses how many of the folder's first classes it was trained on; default: what it says
 *   itself where these are its images, else none
 * @throws UserError, PackageError where package or folder are wrong
 */
export async function openPackage(
  folder: string,
  dataFolder: string,
  trainClasses: number | undefined,
  say: Say,
): Promise<Subject> {
  const content = await readPackage(folder);
  const { manifest } = content;
  const data = await readFolder(dataFolder, manifest.input, say);
  const split = splitForPackage(data, manifest, trainClasses, say);
  await openBackend("wasm", say);
  const model = await Model.open(content, ENGINE);
  const config = methodSchema.safeParse(manifest.training.config);
  return {
    method: config.data?.method ?? manifest.training.method,
    seed: manifest.training.seed,
    data,
    split,
    scorer: model,
    embed: (items) => embedItems(model, data, items),
    probability: (score) => model.probability(score),
  };
}

/**
 * A run that is done, before its export, with the images that it was trained on.
 *
 * @param dataFolder has to be the run's
 * @throws UserError where there is no such run, or it is not done, or its images are not there
 */
export async function openTrainedRun(
  name: string,
  dataFolder: string,
  say: Say,
  signal: AbortSignal,
): Promise<Subject> {
  const run = new Run(join("runs", name));
  const record = await run.record();
  if (resolve(dataFolder) !== resolve(record.config.data)) {
    throw new UserError(
      `${run.folder} was trained on ${record.config.data}; on other images measure its package: ` +
        `--package ${run.packageFolder}`,
    );
  }
  const { config, learner, prepared } = await reopen(run, say, signal);
  const { data, split, inputs } = prepared;
  const embed = (items: readonly number[]) => learner.embed(inputs, items, data.labels);
  const { calibration } = await run.decisions();
  return {
    method: config.method,
    seed: config.seed,
    data,
    split,
    scorer: learner,
    embed,
    probability: (score) => probabilityOf(calibration, score),
  };
}

const countClasses = ({ labels }: Embedded) => new Set(Array.from(labels)).size;

/**
 * Measures a model on the folder's test classes.
 *
 * @param seed of pairs, halves and clustering
 * @throws UserError where there are too few test classes or images, or when aborted
 */
export async function evaluateFolder(
  subject: Subject,
  seed: number,
  say: Say,
  signal: AbortSignal,
): Promise<FolderEvaluation> {
  const { data, split, scorer, method } = subject;
  const obstacle = testObstacle(data, split);
  if (obstacle !== null) throw new UserError(obstacle);
  const { test, train } = split;
  const started = performance.now();
  const embed = (items: readonly number[]) => subject.embed(items);
  const unseen = await embedAll(embed, test, signal);
  const seen = train.length > 0 ? await embedAll(embed, train, signal) : null;
  say(`Measuring ${test.length} images of ${countClasses(unseen)} unseen classes`);
  const measures = measure(scorer, unseen, (score) => subject.probability(score), seed);
  const protocols = seen && measureProtocols(seen, unseen, seed);
  const seconds = (performance.now() - started) / 1000;
  return { method, seed: subject.seed, measures, protocols, seconds };
}

/** The figures for other programs; recalls, accuracies and areas are 0 to 1. */
export function toRow({ method, seed, measures, seconds }: FolderEvaluation) {
  const { queries, d, s, gallery, recallReranked, nmi, reliability } = measures;
  return {
    method,
    seed,
    queries,
    recall_d: d.recall,
    recall_s: s.recall,
    recall_s50: recallReranked,
    map_at_r_d: d.mapAtR,
    map_at_r_s: s.mapAtR,
    nmi,
    auc_d: d.auc,
    auc_s: s.auc,
    overlap_d: d.separation.overlap,
    overlap_s: s.separation.overlap,
    ece: reliability.error,
    ...(gallery && {
      recall_gallery: gallery.recall,
      map_at_r_gallery: gallery.mapAtR,
      auc_gallery: gallery.auc,
      overlap_gallery: gallery.separation.overlap,
      ece_gallery: gallery.reliability.error,
    }),
    seconds,
  };
}
