import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Config } from "../runs/config.ts";
import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import { EarlyStopping } from "./earlyStopping.ts";
import { describeCollapse } from "../evaluate/collapse.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { validationItems } from "../evaluate/testable.ts";
import { DivergedError } from "./diverged.ts";
import { drawsOf } from "../data/feed/draws.ts";
import { type Feed, openFeed } from "../data/feed/feed.ts";
import { NonFiniteError } from "../finite.ts";
import { finish } from "./finish.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import type { Learner } from "./learner.ts";
import { METHODS } from "../methods/methods.ts";
import type { EmbeddingNetwork } from "../networks/assemble.ts";
import { objective } from "./objective.ts";
import { AdamW, learningRateAt } from "./optimizer.ts";
import { Pace, type Speed } from "./pace.ts";
import { PendingLosses } from "./pendingLosses.ts";
import { positionIn } from "../positions.ts";
import type { Run } from "../runs/run.ts";

/** What happens while a run trains. */
export interface TrainingEvents {
  /** After each step, a few at once: how many are done, E of the step, how fast they go. */
  onStep(step: number, loss: number, speed: Speed): void;
  /** After each evaluation on the held-out classes, or the training ones where none are held out. */
  onEvaluation(step: number, recallAt1: number, collapse: string | null): void;
  /** After the last step, before what takes about a minute of it (finish.ts). */
  onFinish(): void;
  /** After a checkpoint, and the evaluation that comes with it, if any. */
  onCheckpoint?(step: number): Promise<void>;
  /** Whether to save a checkpoint after this step, although no evaluation is due. */
  isSaveDue?(): boolean;
}

/** Steps whose E_m says whether S has collapsed. */
const RECENT = 20;

/** What a run trains, and what it trains on. */
export interface TrainingContext {
  body: EmbeddingNetwork;
  data: Dataset;
  split: Split;
  inputs: Inputs;
}

/**
 * Trains a run to its last step, or until nothing gets better, or until `signal` aborts; in each
 * case the last step is saved.
 *
 * A step draws a class-balanced batch, embeds it, scores its pairs, mines, and follows the gradient
 * of E = E_m + lambda E_e + gamma ||W||^2.
 *
 * @param learner untrained; gets what the run's checkpoint holds, if there is one
 * @throws DivergedError where features, scores, losses or weights are no longer finite; the last
 *   checkpoint of finite numbers stays
 * @returns the steps done, whether these are all that the run takes, and how fast they went
 */
export async function train(
  run: Run,
  config: Config,
  learner: Learner,
  material: TrainingContext,
  events: TrainingEvents,
  signal: AbortSignal,
): Promise<{ done: number; complete: boolean; speed: Speed }> {
  const { data, split, inputs } = material;
  const method = METHODS[config.method];
  const optimizer = new AdamW(learner.groups, config.weightDecay);
  const state = new Map([...learner.state, ...optimizer.state()]);
  const drawAt = drawsOf(config, split.train, data.labels);
  const trainClasses = [...new Set(split.train.map((item) => data.labels[item]!))];
  const proxyOf = positionIn(trainClasses);
  const { items: watched } = validationItems(split, data.labels);
  const stopping = new EarlyStopping(config.patience);
  const losses = new PendingLosses();
  const pace = new Pace();
  let metricLosses: number[] = [];

  const takeStep = async (step: number, feed: Feed) => {
    const { labels: names } = drawAt(step);
    const labels = names.map(proxyOf);
    const views = await pace.wait(labels.length, () => feed.next());
    const { value, grads } = tf.variableGrads(() => {
      const terms = objective(method, learner.score(views, labels), config.hyperparameters);
      losses.keep(step, terms);
      return terms.total;
    }, learner.trainable);
    optimizer.update(step, (peak) => learningRateAt(step, config.steps, peak), grads);
    losses.keepWeights(learner.trainable);
    tf.dispose([views, value, grads]);
  };

  const readLosses = async () => {
    const { losses: finite, divergence } = await losses.take();
    for (const taken of finite) {
      metricLosses = [...metricLosses, taken.metric].slice(-RECENT);
      await run.metrics.log({ ...taken });
      events.onStep(taken.step, taken.loss, pace.speed);
    }
    if (!divergence) return;
    done = divergence.step;
    throw new NonFiniteError(`${divergence.what} are no longer finite`);
  };

  const save = async (step: number) => {
    await run.save(step, state);
    saved = step;
  };

  const takeStock = async (step: number) => {
    // Before it is saved: a network that gives no finite features must not replace one that does.
    const evaluation = evaluate(learner, learner.embed(inputs, watched, data.labels), config.seed);
    const metricLoss = metricLosses.reduce((sum, loss) => sum + loss, 0) / metricLosses.length;
    const collapse = describeCollapse(evaluation.spread, metricLoss, config.hyperparameters.alpha);
    await save(step);
    const recallAt1 = evaluation.recallByD["1"]!;
    if (stopping.sees(recallAt1) && config.patience > 0) await run.saveBest(step, learner.state);
    await run.metrics.log({ step, evaluation, collapse, speed: pace.speed });
    events.onEvaluation(step, recallAt1, collapse);
  };

  const trainOn = async () => {
    const feed = openFeed(inputs, { first: done + 1, last: config.steps, at: drawAt });
    try {
      while (done < config.steps && !stopping.isOver && !signal.aborted) {
        await pace.time(() => takeStep(++done, feed));
        const isStock = done % config.evaluateEvery === 0 || done === config.steps;
        const isSave = !isStock && (events.isSaveDue?.() ?? false);
        if (losses.areDue || isStock || isSave) await pace.time(readLosses);
        if (isStock) await takeStock(done);
        if (isSave) await save(done);
        if (isStock || isSave) await events.onCheckpoint?.(done);
        // Lets Ctrl-C in: a step blocks the event loop.
        await setImmediate();
      }
      await readLosses();
    } finally {
      await feed.close();
    }
    const complete = done === config.steps || stopping.isOver;
    if (!complete) {
      await save(done);
      await events.onCheckpoint?.(done);
    }
    return complete;
  };

  const end = async () => {
    if (config.patience > 0) await run.restoreBest(learner.state);
    events.onFinish();
    await run.saveResult(done, learner.state, finish(learner, config, material));
  };

  let done = await run.restore(state);
  let saved = done;
  await run.metrics.truncate(done);
  for (const { evaluation } of await run.metrics.evaluations())
    stopping.sees(evaluation.recallByD["1"]!);
  try {
    const complete = await trainOn();
    if (complete) await end();
    return { done, complete, speed: pace.speed };
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const diverged = new DivergedError(done, saved, error.message, config);
    await run.metrics.log({ step: done, diverged: diverged.message });
    throw diverged;
  } finally {
    optimizer.dispose();
  }
}
