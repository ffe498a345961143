import { Progress } from "../console/progress.ts";
import type { Say } from "../console/say.ts";
import { validationItems } from "../evaluate/testable.ts";
import type { Learner } from "../training/learner.ts";
import type { Speed } from "../training/pace.ts";
import { type TrainingContext, type TrainingEvents, train } from "../training/train.ts";
import type { Config } from "./config.ts";
import type { Run } from "./run.ts";

/**
 * Trains a run, with a bar and a word when it collapses.
 *
 * @param watcher is told, too
 * @returns the steps done, whether these are all, and how long all take; null where none was left to do
 */
export async function trainWithProgress(
  run: Run,
  config: Config,
  learner: Learner,
  prepared: TrainingContext,
  say: Say,
  signal: AbortSignal,
  watcher: Partial<TrainingEvents> = {},
): Promise<{ done: number; complete: boolean; seconds: number | null }> {
  const { data, split } = prepared;
  const batch = Math.min(config.classesPerBatch * config.imagesPerClass, split.train.length);
  const progress = new Progress("training", "images", config.steps, batch);
  const watched = validationItems(split, data.labels).classes;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  let recall = "";
  let collapsed = "";
  const events = {
    ...watcher,
    onStep: (step: number, loss: number, speed: Speed) => {
      const { waiting } = speed;
      progress.update(step, `loss ${loss.toFixed(3)}  waits ${percent(waiting)}  ${recall}`);
      watcher.onStep?.(step, loss, speed);
    },
    onEvaluation: (step: number, recallAt1: number, collapse: string | null) => {
      recall = `${watched} R@1 ${(100 * recallAt1).toFixed(1)} %`;
      if (collapse && collapse !== collapsed) say(`\n\n  ${collapse}\n`);
      collapsed = collapse ?? "";
      watcher.onEvaluation?.(step, recallAt1, collapse);
    },
    onFinish: () => {
      progress.stop();
      say("Fitting S and its probabilities");
      watcher.onFinish?.();
    },
  };
  const before = await run.restore(new Map());
  const started = performance.now();
  const outcome = await train(run, config, learner, prepared, events, signal).finally(() => {
    progress.stop();
  });
  const { imagesPerSecond, waiting } = outcome.speed;
  if (imagesPerSecond > 0) {
    say(
      `Trained on ${imagesPerSecond.toFixed(0)} images/s; ${percent(waiting)} of the time it waited for them`,
    );
  }
  const { done, complete } = outcome;
  const seconds = (performance.now() - started) / 1000;
  // Of all steps, as if it had not been stopped.
  return { done, complete, seconds: done > before ? (seconds * done) / (done - before) : null };
}
