import type { Dataset } from "../data/folder.ts";
import { UserError } from "../error.ts";
import { testObstacle } from "../evaluate/testable.ts";
import type { Say } from "../console/say.ts";
import { differences } from "../runs/differences.ts";
import { loadData } from "../runs/prepare.ts";
import { newRecord, type RunRecord } from "../runs/record.ts";
import { Run } from "../runs/run.ts";
import { about } from "./about.ts";
import { measureBaselines } from "./baselines.ts";
import { Bench } from "./bench.ts";
import { type Plan, sharedOf } from "./plan.ts";
import type { PaperResult } from "./result.ts";
import { gatherRuns, type PlannedRun, readDone, type RunSource } from "./runs.ts";

/** Opens the folder: a new one is recorded, an old one must hold the same experiment. */
async function openFolder({ folder, config }: Plan, { fingerprint }: Dataset): Promise<RunRecord> {
  const kept = new Run(folder);
  if (!kept.exists) {
    const record = newRecord(config, fingerprint);
    await kept.create(record);
    return record;
  }
  const record = await kept.record();
  if (record.fingerprint !== fingerprint) {
    throw new UserError(
      `${config.data} has changed since ${folder} was begun; choose another --out`,
    );
  }
  const changed = differences(sharedOf(record.config), sharedOf(config));
  if (changed.length > 0) {
    throw new UserError(
      `${folder} was begun with another configuration (${changed.join("; ")}); choose another --out`,
    );
  }
  return record;
}

/** Where runs are trained and measured. */
export interface Trainer {
  /** Whether that is this machine. */
  isHere: boolean;
  /**
   * Begins with the runs that are not done.
   *
   * @param bench shares what is the same for all runs that train here
   * @param fingerprint of the images
   */
  start(
    pending: readonly PlannedRun[],
    bench: Bench,
    fingerprint: string,
  ): RunSource | Promise<RunSource>;
}

/**
 * Trains all methods with the same network, batches, budget and seeds, and measures them. Stopped and
 * started again it goes on: runs that are done are not trained again.
 *
 * @param trainer where runs are trained; what needs no training is measured here
 * @param signal aborting it stops
 * @returns what was found, and the images that it was found on; null where it was stopped
 * @throws UserError where data, network or weights are wrong, the folder holds another experiment, or
 *   every run diverges
 */
export async function runExperiment(
  plan: Plan,
  trainer: Trainer,
  say: Say,
  signal: AbortSignal,
): Promise<{ result: PaperResult; data: Dataset } | null> {
  const { config, seeds } = plan;
  const { data, split } = await loadData(config, say);
  const obstacle = testObstacle(data, split);
  if (obstacle !== null) throw new UserError(obstacle);
  const { started, versions } = await openFolder(plan, data);
  const bench = new Bench(data, split, say, signal);
  const done = await readDone(plan, say);
  const source = await trainer.start(done.pending, bench, data.fingerprint);
  // What trains here takes other views than the plain ones from the bench, too.
  const views = trainer.isHere ? config.views : 1;
  const plain = { ...plan, config: { ...config, views } };
  const baselines = await measureBaselines(plain, bench, say);
  const runs = await gatherRuns(plan, done, source);
  if (!runs) return null;
  const result = {
    config: sharedOf(config),
    seeds: [...seeds],
    data: about(data, split),
    started,
    versions,
    ...baselines,
    ...runs,
  };
  return { result, data };
}
