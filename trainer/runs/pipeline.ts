import { openBackend } from "../backends/open.ts";
import type { Config } from "./config.ts";
import { Progress } from "../console/progress.ts";
import { recallTable } from "../console/tables.ts";
import type { Dataset } from "../data/folder.ts";
import { UserError } from "../error.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import { type Evaluation, evaluate } from "../evaluate/evaluate.ts";
import { recallOfPixels } from "../evaluate/pixels.ts";
import { describeQueries } from "../evaluate/ranking/queries.ts";
import { testObstacle, validationItems } from "../evaluate/testable.ts";
import { exportPackage, type QuantizationScheme, writePackage } from "../export/package.ts";
import type { Learner } from "../training/learner.ts";
import type { Speed } from "../training/pace.ts";
import { createLearner, prepare, type Say } from "./prepare.ts";
import { newRecord, type Run } from "./run.ts";
import { type TrainingContext, train } from "../training/train.ts";

/** The table that says whether anything was learned. */
async function tellRecall(
  { data, split }: TrainingContext,
  seed: number,
  before: Evaluation,
  after: Evaluation,
  say: Say,
): Promise<void> {
  const pixels = await recallOfPixels(data, split.test, seed);
  say(`\nRecall@K in % on ${split.test.length} images of classes never seen in training:`);
  const sampled = describeQueries(after.queries, split.test.length);
  if (sampled) say(`  (${sampled})`);
  say(
    recallTable([
      ["raw pixels, cosine", pixels],
      ["before training", before.recallByD],
      ["trained, by distance D", after.recallByD],
      ["trained, D's 50 nearest by S", after.recallByS],
    ]),
  );
  say(
    `  AUC of same- against different-class pairs: D ${after.aucByD.toFixed(3)}, S ${after.aucByS.toFixed(3)}\n`,
  );
}

/** What package to make, and where. */
interface Target {
  scheme: QuantizationScheme;
  folder: string;
  /** Signs a manifest.json. */
  sign?: (manifest: string) => string;
}

async function exportRun(
  run: Run,
  learner: Learner,
  prepared: TrainingContext,
  float32: Evaluation | null,
  { scheme, folder, sign }: Target,
  say: Say,
): Promise<void> {
  const record = await run.record();
  const decisions = await run.decisions();
  const exported = await exportPackage(learner, record, prepared, decisions, float32, scheme);
  await writePackage(folder, { ...exported.files, signature: sign?.(exported.files.manifest) });
  const { name, version, weights, calibration, quantization } = exported.manifest;
  const kilobytes = (weights.bytes / 1024).toFixed(0);
  say(
    `Package ${name}@${version}: ${kilobytes} KiB of weights (${quantization.scheme}) in ${folder}`,
  );
  if (calibration.classes === "training") {
    say("Too few classes to hold any out: probabilities are calibrated on training classes.");
  }
  if (float32 && exported.evaluation) {
    const rows: [string, Evaluation][] = [
      ["float32", float32],
      ["as exported", exported.evaluation],
    ];
    say(recallTable(rows.map(([label, { recallByD }]) => [label, recallByD])));
  }
}

/** Records a new run. A run that goes on must find the images that it started with. */
async function ensureRecord(run: Run, config: Config, { fingerprint }: Dataset): Promise<void> {
  if (!run.exists) {
    await run.create(newRecord(config, fingerprint));
    return;
  }
  const record = await run.record();
  if (record.fingerprint !== fingerprint) {
    throw new UserError(
      `${config.data} has changed since the run started; start a new one (--name)`,
    );
  }
}

/**
 * From labelled images to a package: load, train, measure, export.
 *
 * @param signal aborting it saves the run and stops
 * @returns whether the run got to its end
 */
export async function produce(
  run: Run,
  config: Config,
  say: Say,
  signal: AbortSignal,
): Promise<boolean> {
  const backend = await openBackend(config.backend, say);
  const prepared = await prepare(config, say, signal);
  const { data, split, inputs } = prepared;
  await ensureRecord(run, config, data);
  const learner = createLearner(config, prepared);
  const test = (): Embedded => learner.embed(inputs, split.test, data.labels);
  const obstacle = testObstacle(data, split);
  const before = obstacle === null ? evaluate(learner, test(), config.seed) : null;

  say(`Training "${config.name}" on ${backend}, ${config.steps} steps`);
  const { done, complete } = await trainWithProgress(run, config, learner, prepared, say, signal);
  if (!complete) {
    say(
      `Stopped after step ${done}, which is saved. Go on with: npm run train -- --resume ${config.name}`,
    );
    learner.dispose();
    return false;
  }
  const after = obstacle === null ? evaluate(learner, test(), config.seed) : null;
  if (before && after) await tellRecall(prepared, config.seed, before, after, say);
  else say(`Nothing is measured. ${obstacle ?? ""}`);
  const target = { scheme: "int8" as const, folder: run.packageFolder };
  await exportRun(run, learner, prepared, after, target, say);
  learner.dispose();
  return true;
}

/** Trains a run, with a bar and a word when it collapses. */
export async function trainWithProgress(
  run: Run,
  config: Config,
  learner: Learner,
  prepared: TrainingContext,
  say: Say,
  signal: AbortSignal,
): Promise<{ done: number; complete: boolean }> {
  const { data, split } = prepared;
  const batch = Math.min(config.classesPerBatch * config.imagesPerClass, split.train.length);
  const progress = new Progress("training", "images", config.steps, batch);
  const watched = validationItems(split, data.labels).classes;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  let recall = "";
  let collapsed = "";
  const events = {
    onStep: (step: number, loss: number, { waiting }: Speed) => {
      progress.update(step, `loss ${loss.toFixed(3)}  waits ${percent(waiting)}  ${recall}`);
    },
    onEvaluation: (_: number, recallAt1: number, collapse: string | null) => {
      recall = `${watched} R@1 ${(100 * recallAt1).toFixed(1)} %`;
      if (collapse && collapse !== collapsed) say(`\n\n  ${collapse}\n`);
      collapsed = collapse ?? "";
    },
    onFinish: () => {
      progress.stop();
      say("Fitting S and its probabilities");
    },
  };
  const outcome = await train(run, config, learner, prepared, events, signal).finally(() => {
    progress.stop();
  });
  const { imagesPerSecond, waiting } = outcome.speed;
  if (imagesPerSecond > 0) {
    say(
      `Trained on ${imagesPerSecond.toFixed(0)} images/s; ${percent(waiting)} of the time it waited for them`,
    );
  }
  return outcome;
}

/**
 * A trained run, with what it was trained on.
 *
 * @throws UserError where the run is not there or not done
 */
export async function reopen(
  run: Run,
  say: Say,
  signal: AbortSignal,
): Promise<{ config: Config; learner: Learner; prepared: TrainingContext }> {
  const { config } = await run.record();
  if (!run.isDone) {
    throw new UserError(`"${config.name}" is not done: npm run train -- --resume ${config.name}`);
  }
  await openBackend(config.backend, say);
  // Only the plain pictures are needed.
  const prepared = await prepare({ ...config, views: 1, head: "random" }, say, signal);
  await ensureRecord(run, config, prepared.data);
  const learner = createLearner({ ...config, head: "random" }, prepared);
  await run.restoreResult(learner.state);
  return { config, learner, prepared };
}

/** Exports a trained run again, e.g. with float32 weights. @throws UserError as `reopen` */
export async function exportAgain(
  run: Run,
  target: Target,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const { config, learner, prepared } = await reopen(run, say, signal);
  const { inputs, split, data } = prepared;
  const evaluation =
    testObstacle(data, split) === null
      ? evaluate(learner, learner.embed(inputs, split.test, data.labels), config.seed)
      : null;
  await exportRun(run, learner, prepared, evaluation, target, say);
  learner.dispose();
}
