import { openBackend } from "../backends/open.ts";
import type { Say } from "../console/say.ts";
import { recallTable } from "../console/tables.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import { type Evaluation, evaluate } from "../evaluate/evaluate.ts";
import { recallOfPixels } from "../evaluate/pixels.ts";
import { describeQueries } from "../evaluate/ranking/queries.ts";
import { arePhotographs } from "../data/photographs.ts";
import { testObstacle } from "../evaluate/testable.ts";
import { createLearner } from "../training/createLearner.ts";
import type { Learner } from "../training/learner.ts";
import type { TrainingContext, TrainingEvents } from "../training/train.ts";
import { checkRecord } from "./checkRecord.ts";
import type { Config } from "./config.ts";
import { exportRun } from "./exportRun.ts";
import { prepare } from "./prepare.ts";
import { newRecord } from "./record.ts";
import type { Run } from "./run.ts";
import { trainWithProgress } from "./trainWithProgress.ts";

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

/** A trained network whose package is there, and what it was trained on. */
export interface Trained {
  learner: Learner;
  prepared: TrainingContext;
  /** Why nothing can be measured on the test classes; null where it can. */
  obstacle: string | null;
  /** That all steps took; null where that is not known. */
  seconds: number | null;
}

/** Another program that trains a run, and goes on with it where it stops. */
export interface Watcher {
  events: Partial<TrainingEvents>;
  /** When a new run has started, by ISO 8601: the same run elsewhere makes the same version of a package. */
  started: string;
  /** Called at the end, before the network is disposed. */
  onPackage(trained: Trained): Promise<void>;
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
  watcher?: Watcher,
): Promise<boolean> {
  // Another process may start a run of this name while this one reads the images.
  const isNew = !run.exists;
  const backend = await openBackend(config.backend, say);
  const prepared = await prepare(config, say, signal);
  const { data, split, inputs } = prepared;
  if (isNew) await run.create(newRecord(config, data.fingerprint, watcher?.started));
  else await checkRecord(run, config, data);
  if (config.init === undefined && arePhotographs(data.paths)) {
    say(
      "These are photographs, and the network knows nothing yet. One that starts from ImageNet ranks them far better: --init auto",
    );
  }
  const learner = createLearner(config, prepared);
  const test = (): Embedded => learner.embed(inputs, split.test, data.labels);
  const obstacle = testObstacle(data, split);
  const before = obstacle === null ? evaluate(learner, test(), config.seed) : null;

  say(`Training "${config.name}" on ${backend}, ${config.steps} steps`);
  const { done, complete, seconds } = await trainWithProgress(
    ...([run, config, learner, prepared, say, signal, watcher?.events] as const),
  );
  if (!complete) {
    const remedy = watcher ? "" : ` Go on with: npm run train -- --resume ${config.name}`;
    say(`Stopped after step ${done}, which is saved.${remedy}`);
    learner.dispose();
    return false;
  }
  const after = obstacle === null ? evaluate(learner, test(), config.seed) : null;
  if (before && after) await tellRecall(prepared, config.seed, before, after, say);
  else say(`Nothing is measured. ${obstacle ?? ""}`);
  const target = { scheme: "int8" as const, folder: run.packageFolder };
  await exportRun(run, learner, prepared, after, target, say);
  await watcher?.onPackage({ learner, prepared, obstacle, seconds });
  learner.dispose();
  return true;
}
