import * as tf from "@tensorflow/tfjs-core";
import { type Config, configSchema } from "../runs/config.ts";
import { BalancedSampler } from "../data/balancedSampler.ts";
import type { Dataset } from "../data/folder.ts";
import { CachedInputs, type Inputs, PixelInputs } from "../data/inputs/inputs.ts";
import { TRANSFORMS } from "../data/transforms/transforms.ts";
import { Learner } from "../training/learner.ts";
import { type MethodName, METHODS } from "../methods/methods.ts";
import { assemble } from "../networks/assemble.ts";
import { objective } from "../training/objective.ts";
import { AdamW } from "../training/optimizer.ts";
import { seededRandom } from "../random.ts";
import { OutOfMemory } from "./memory.ts";
import type { TrainNetwork } from "./networks.ts";

export const IMAGES_PER_CLASS = 4;

/** The parts of a step, in the order in which they run. */
export const PARTS = ["data", "forward", "loss", "backward", "update"] as const;

/** Milliseconds of each part of a step. */
export type Times = Record<(typeof PARTS)[number], number>;

export const totalOf = (times: Times): number => PARTS.reduce((sum, part) => sum + times[part], 0);

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Noise for two batches, with enough classes. */
function noise(batch: number, size: number): Dataset {
  const images = 2 * batch;
  const random = seededRandom(1);
  return {
    layout: "noise",
    classes: Array.from({ length: images / IMAGES_PER_CLASS }, (_, label) => String(label)),
    paths: Array.from({ length: images }, (_, item) => String(item)),
    labels: Int32Array.from({ length: images }, (_, item) => Math.floor(item / IMAGES_PER_CLASS)),
    pixels: Uint8Array.from({ length: images * size * size * 3 }, () => 256 * random()),
    width: size,
    height: size,
    fingerprint: "",
    copies: [],
    remarks: [],
    skipped: [],
  };
}

/** Waits until a tensor is computed, because a GPU computes on after the call has returned. */
function settle(tensor: tf.Tensor): void {
  tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1).dataSync());
}

/** Training steps on noise, as in train.ts, on the active backend. */
export class BenchStep {
  private readonly optimizer: AdamW;
  private readonly batches: BalancedSampler;
  private step = 0;

  private constructor(
    readonly config: Config,
    private readonly learner: Learner,
    private readonly inputs: Inputs,
    data: Dataset,
  ) {
    this.optimizer = new AdamW(learner.groups, config.weightDecay);
    this.batches = new BalancedSampler([...data.labels.keys()], data.labels, config, 1);
  }

  static async open({ config: changes, batch }: TrainNetwork, method: MethodName) {
    const shape = { classesPerBatch: batch / IMAGES_PER_CLASS, imagesPerClass: IMAGES_PER_CLASS };
    const given = { data: "none", name: "bench", dimensions: 128, method, augment: "crop" };
    const config = configSchema.parse({ ...given, ...changes, ...shape });
    const data = noise(batch, config.size);
    const counts = { trainClasses: data.classes.length, trainImages: data.paths.length };
    const body = await assemble(config, () => undefined);
    const learner = new Learner(body, config, counts);
    const views = { items: [...data.labels.keys()], views: 2, augment: TRANSFORMS.crop, seed: 1 };
    const nobody = new AbortController().signal;
    const inputs = body.trunk
      ? await CachedInputs.compute(body.trunk, data, views, () => undefined, nobody)
      : new PixelInputs(data, "crop");
    return new BenchStep(config, learner, inputs, data);
  }

  /** What a batch of the network that trains reads: [n, height, width, channels]. */
  get inputShape(): number[] {
    return tf.tidy(() => this.inputs.plain(this.batches.at(1).items).shape);
  }

  /** @throws OutOfMemory if the loss is not a number */
  take(): Times {
    const { learner, config } = this;
    const step = ++this.step;
    const marks = [performance.now()];
    const mark = (...tensors: tf.Tensor[]) => {
      tensors.forEach(settle);
      marks.push(performance.now());
    };
    const { items, labels } = this.batches.at(step);
    const { value, grads } = tf.variableGrads(() => {
      const views = this.inputs.views(items, seededRandom(1, step));
      mark(views);
      const scores = learner.score(views, labels);
      mark(...[scores.features, ...(learner.unit ? [scores.s, scores.distances] : [])]);
      const { total } = objective(METHODS[config.method], scores, config.hyperparameters);
      mark(total);
      return total;
    }, learner.trainable);
    mark(...Object.values(grads));
    this.optimizer.update(step, (peak) => peak, grads);
    mark(...learner.trainable);
    if (!Number.isFinite(value.dataSync()[0])) throw new OutOfMemory("the loss is not a number");
    tf.dispose([value, grads]);
    const spent = (part: number) => marks[part + 1]! - marks[part]!;
    return {
      data: spent(0),
      forward: spent(1),
      loss: spent(2),
      backward: spent(3),
      update: spent(4),
    };
  }

  dispose(): void {
    this.optimizer.dispose();
    this.learner.dispose();
  }
}
