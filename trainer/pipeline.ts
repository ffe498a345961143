import { openBackend } from "./backends/open.ts";
import type { Config } from "./config.ts";
import { Progress } from "./console/progress.ts";
import { recallTable } from "./console/tables.ts";
import { type Dataset, loadFolder } from "./data/folder.ts";
import { type Split, splitByClass } from "./data/split.ts";
import { UserError } from "./error.ts";
import { type Evaluation, evaluate, evaluatePixels } from "./evaluate/evaluate.ts";
import { exportPackage, type QuantizationScheme, writePackage } from "./export/package.ts";
import type { Learner } from "./learner.ts";
import { newRecord, type Run } from "./run.ts";
import { createLearner, train } from "./train.ts";

/** Prints a line for a person. */
export type Say = (line: string) => void;

/** Data set and split of a run, with a word on what was left out. */
async function load(config: Config, say: Say): Promise<{ data: Dataset; split: Split }> {
  const size = { width: config.size, height: config.size };
  let progress: Progress | undefined;
  const data = await loadFolder(config.data, size, (done, total) => {
    progress ??= new Progress("reading ", "images", total);
    progress.update(done);
  });
  progress?.stop();
  for (const { path, reason } of data.skipped) say(`Skipped ${path}: ${reason}`);
  const split = splitByClass(data, config.trainShare);
  if (split.singletons.length > 0) {
    say(`Classes of one image, which give no positive pairs: ${split.singletons.join(", ")}`);
  }
  say(
    `${data.labels.length} images of ${data.classes.length} classes: ` +
      `${split.train.length} to train, ${split.heldOut.length} held out, ${split.test.length} to test`,
  );
  return { data, split };
}

/** The table that says whether anything was learned; null where no class is left to test on. */
function compare(learner: Learner, config: Config, data: Dataset, split: Split, say: Say) {
  if (new Set(split.test.map((item) => data.labels[item])).size < 2) {
    say("No classes are left to test on (--train-share), so nothing is measured.");
    return null;
  }
  const untrained = createLearner(config);
  const before = evaluate(untrained, data, split.test, config.seed);
  untrained.dispose();
  const after = evaluate(learner, data, split.test, config.seed);
  say(`\nRecall@K in % on ${split.test.length} images of classes never seen in training:`);
  say(
    recallTable([
      ["raw pixels, cosine", evaluatePixels(data, split.test)],
      ["untrained network", before.recallByD],
      ["trained, by distance D", after.recallByD],
      ["trained, D's 50 nearest by S", after.recallByS],
    ]),
  );
  say(
    `  AUC of same- against different-class pairs: D ${after.aucByD.toFixed(3)}, S ${after.aucByS.toFixed(3)}\n`,
  );
  return after;
}

async function exportRun(
  run: Run,
  learner: Learner,
  { data, split }: { data: Dataset; split: Split },
  float32: Evaluation | null,
  { scheme, folder }: { scheme: QuantizationScheme; folder: string },
  say: Say,
): Promise<void> {
  const record = await run.record();
  const exported = await exportPackage(learner, record, data, split, float32, scheme);
  await writePackage(folder, exported.files);
  const { name, version, weights, calibration } = exported.manifest;
  const kilobytes = (weights.bytes / 1024).toFixed(0);
  say(`Package ${name}@${version}: ${kilobytes} KiB of weights (${scheme}) in ${folder}`);
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

/** Opens a run for training: a new one is recorded, a resumed one must find the same images. */
async function openRun(run: Run, config: Config, { fingerprint }: Dataset): Promise<void> {
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
  const loaded = await load(config, say);
  await openRun(run, config, loaded.data);
  say(`Training "${config.name}" on ${backend}, ${config.steps} steps`);
  const batch = Math.min(config.classesPerBatch * config.imagesPerClass, loaded.split.train.length);
  const progress = new Progress("training", "images", config.steps, batch);
  const watched = loaded.split.heldOut.length > 0 ? "held-out" : "training";
  let recall = "";
  let collapsed = "";
  const events = {
    onStep: (step: number, loss: number) => {
      progress.update(step, `loss ${loss.toFixed(3)}  ${recall}`);
    },
    onEvaluation: (_: number, recallAt1: number, collapse: string | null) => {
      recall = `${watched} R@1 ${(100 * recallAt1).toFixed(1)} %`;
      if (collapse && collapse !== collapsed) say(`\n\n  ${collapse}\n`);
      collapsed = collapse ?? "";
    },
  };
  const { learner, done } = await train(run, config, loaded.data, loaded.split, events, signal);
  progress.stop();
  if (done < config.steps) {
    say(
      `Stopped after step ${done}, which is saved. Go on with: npm run train -- --resume ${config.name}`,
    );
    learner.dispose();
    return false;
  }
  const evaluation = compare(learner, config, loaded.data, loaded.split, say);
  const target = { scheme: "int8-per-output-channel" as const, folder: run.packageFolder };
  await exportRun(run, learner, loaded, evaluation, target, say);
  learner.dispose();
  return true;
}

/**
 * Exports a trained run again, e.g. with float32 weights.
 *
 * @throws UserError where the run is not there or not done
 */
export async function exportAgain(
  run: Run,
  target: { scheme: QuantizationScheme; folder: string },
  say: Say,
): Promise<void> {
  const { config } = await run.record();
  await openBackend(config.backend, say);
  const loaded = await load(config, say);
  await openRun(run, config, loaded.data);
  const learner = createLearner(config);
  if ((await run.restore(learner.state)) < config.steps) {
    throw new UserError(`"${config.name}" is not done: npm run train -- --resume ${config.name}`);
  }
  const evaluation =
    loaded.split.test.length > 1
      ? evaluate(learner, loaded.data, loaded.split.test, config.seed)
      : null;
  await exportRun(run, learner, loaded, evaluation, target, say);
  learner.dispose();
}
