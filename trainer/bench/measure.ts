import * as tf from "@tensorflow/tfjs-core";
import type { BackendName } from "../backends/names.ts";
import { configSchema } from "../runs/config.ts";
import { BalancedSampler } from "../data/balancedSampler.ts";
import type { Dataset } from "../data/folder.ts";
import { PixelInputs } from "../data/inputs/inputs.ts";
import { Learner } from "../training/learner.ts";
import { METHODS } from "../methods/methods.ts";
import { assemble } from "../networks/assemble.ts";
import { objective } from "../training/objective.ts";
import { AdamW } from "../training/optimizer.ts";
import { seededRandom } from "../random.ts";
import { deviceBytes, OutOfMemory } from "./memory.ts";
import type { TrainNetwork } from "./networks.ts";
import type { Measured } from "./report.ts";

/** The method of the paper. Its mining reads S of all pairs. */
export const METHOD = "pddm-quadruplet";

const IMAGES_PER_CLASS = 4;

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

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/**
 * Times training steps of the whole network on the active backend, as in train.ts. The first step is not counted,
 * because it allocates memory that later steps reuse.
 *
 * @param steps number of counted steps
 * @throws OutOfMemory if the backend has run out of memory without reporting it
 */
export async function measure(
  backend: BackendName,
  { config: changes, batch }: TrainNetwork,
  steps: number,
): Promise<Measured> {
  const shape = { classesPerBatch: batch / IMAGES_PER_CLASS, imagesPerClass: IMAGES_PER_CLASS };
  const given = { data: "none", name: "bench", dimensions: 128, method: METHOD };
  const config = configSchema.parse({ ...given, ...shape, ...changes });
  const data = noise(batch, config.size);
  const counts = { trainClasses: data.classes.length, trainImages: data.paths.length };
  const learner = new Learner(await assemble(config, () => undefined), config, counts);
  const optimizer = new AdamW(learner.groups, config.weightDecay);
  const inputs = new PixelInputs(data, "crop");
  const batches = new BalancedSampler([...data.labels.keys()], data.labels, shape, 1);

  /** Returns the milliseconds of each part. */
  const takeStep = (step: number): number[] => {
    const marks = [performance.now()];
    const mark = (...tensors: tf.Tensor[]) => {
      tensors.forEach(settle);
      marks.push(performance.now());
    };
    const { items, labels } = batches.at(step);
    const { value, grads } = tf.variableGrads(() => {
      const views = inputs.views(items, seededRandom(1, step));
      mark(views);
      const scores = learner.score(views, labels);
      mark(scores.s, scores.distances);
      const { total } = objective(METHODS[METHOD], scores, config.hyperparameters);
      mark(total);
      return total;
    }, learner.trainable);
    mark(...Object.values(grads));
    optimizer.update(step, (peak) => peak, grads);
    mark(...learner.trainable);
    if (!Number.isFinite(value.dataSync()[0])) throw new OutOfMemory("the loss is not a number");
    tf.dispose([value, grads]);
    return marks.slice(1).map((time, i) => time - marks[i]!);
  };

  takeStep(1);
  const parts = Array.from({ length: steps }, (_, i) => takeStep(i + 2));
  const ms = (part: number) => median(parts.map((times) => times[part]!));
  const step_ms = median(parts.map((times) => times.reduce((sum, time) => sum + time, 0)));
  optimizer.dispose();
  learner.dispose();
  return {
    images_per_s: (1000 * batch) / step_ms,
    step_ms,
    data_ms: ms(0),
    forward_ms: ms(1),
    mining_ms: ms(2),
    backward_ms: ms(3),
    update_ms: ms(4),
    device_bytes: deviceBytes(backend),
    process_bytes: process.resourceUsage().maxRSS * 1024,
  };
}
