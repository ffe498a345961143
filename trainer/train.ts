import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { augment } from "./augment.ts";
import type { Config } from "./config.ts";
import { BalancedBatches } from "./data/batches.ts";
import type { Dataset } from "./data/folder.ts";
import type { Split } from "./data/split.ts";
import { describeCollapse } from "./evaluate/collapse.ts";
import { evaluate, gatherPixels } from "./evaluate/evaluate.ts";
import { Learner } from "./learner.ts";
import { buildSmall } from "./networks/small.ts";
import { objective } from "./objective.ts";
import { AdamW, learningRateAt } from "./optimizer.ts";
import { seededRandom } from "./random.ts";
import type { Run } from "./run.ts";

/** What happens while a run trains. */
export interface TrainingEvents {
  /** After each step: how many are done, E of the step. */
  onStep(step: number, loss: number): void;
  /** After each evaluation on the held-out classes, or the training ones where none are held out. */
  onEvaluation(step: number, recallAt1: number, collapse: string | null): void;
}

/** Steps whose E_m says whether S has collapsed. */
const RECENT = 20;

/** The network and unit that a config asks for, untrained. */
export function createLearner({ size, dimensions, pddm, hidden, seed }: Config): Learner {
  return new Learner(buildSmall(size, dimensions, seed), pddm, hidden, seed);
}

/**
 * Trains a run to its last step, or until `signal` aborts; either way the last step is saved.
 *
 * A step draws a class-balanced batch, embeds it, scores all its pairs, mines, and follows the
 * gradient of E = E_m + lambda E_e + gamma ||W||^2.
 *
 * @returns the learner after `done` steps; the caller disposes it
 */
export async function train(
  run: Run,
  config: Config,
  data: Dataset,
  split: Split,
  events: TrainingEvents,
  signal: AbortSignal,
): Promise<{ learner: Learner; done: number }> {
  const learner = createLearner(config);
  const optimizer = new AdamW(learner.trainable, learner.decayed, config.weightDecay);
  const state = new Map([...learner.state, ...optimizer.state()]);
  const batches = new BalancedBatches(split.train, data.labels, config, config.seed);
  const watched = split.heldOut.length > 0 ? split.heldOut : split.train;
  let metricLosses: number[] = [];

  const stride = data.width * data.height * 3;
  const views = (items: number[], step: number) => {
    const random = seededRandom(config.seed, step, 1);
    const pixels = gatherPixels(data, items);
    items.forEach((_, at) => {
      const image = pixels.subarray(at * stride, (at + 1) * stride);
      image.set(augment(image, data, random));
    });
    return pixels;
  };

  const takeStep = async (step: number) => {
    const { items, labels } = batches.at(step);
    const losses = { metric: 0, embedding: 0 };
    const { value, grads } = tf.variableGrads(() => {
      const features = learner.features(views(items, step), true);
      const { total, metric, embedding } = objective(learner.pddm, features, labels, config);
      losses.metric = metric.dataSync()[0];
      losses.embedding = embedding.dataSync()[0];
      return total;
    }, [...learner.trainable.values()]);
    const learningRate = learningRateAt(step, config.steps, config.learningRate);
    const gradients = Array.from(learner.trainable, ([name, variable]) => {
      return [name, grads[variable.name]] as const;
    });
    optimizer.update(step, learningRate, new Map(gradients));
    const loss = value.dataSync()[0];
    tf.dispose([value, grads]);
    metricLosses = [...metricLosses, losses.metric].slice(-RECENT);
    await run.log({ step, loss, ...losses, learningRate });
    events.onStep(step, loss);
  };

  const takeStock = async (step: number) => {
    await run.save(step, state);
    const evaluation = evaluate(learner, data, watched, config.seed);
    const metricLoss = metricLosses.reduce((sum, loss) => sum + loss, 0) / metricLosses.length;
    const collapse = describeCollapse(evaluation.spread, metricLoss, config.alpha);
    await run.log({ step, evaluation, collapse });
    events.onEvaluation(step, evaluation.recallByD["1"], collapse);
  };

  let done = await run.restore(state);
  await run.truncateLog(done);
  while (done < config.steps && !signal.aborted) {
    await takeStep(++done);
    if (done % config.evaluateEvery === 0 || done === config.steps) await takeStock(done);
    // Lets Ctrl-C in: a step blocks the event loop.
    await setImmediate();
  }
  if (signal.aborted) await run.save(done, state);
  optimizer.dispose();
  return { learner, done };
}
