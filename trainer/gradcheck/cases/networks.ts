import * as tf from "@tensorflow/tfjs-core";
import { configSchema } from "../../runs/config.ts";
import { Learner } from "../../training/learner.ts";
import { METHODS } from "../../methods/methods.ts";
import { IMAGENET } from "../../data/inputs/normalization.ts";
import { assemble } from "../../networks/assemble.ts";
import type { Backbone } from "../../networks/backbones/backbone.ts";
import { BACKBONES } from "../../networks/backbones/registry.ts";
import { buildMobileNetV2 } from "../../networks/backbones/mobilenetv2/build.ts";
import { Trunk } from "../../networks/trunk.ts";
import { objective } from "../../training/objective.ts";
import { variablesOf } from "../../training/parameterGroups.ts";
import { seededRandom } from "../../random.ts";
import { type Case, type Results, VALUE } from "../case.ts";

const CLASSES = 4;
const DRAWS = 3;

/**
 * RGB bytes of n images of coloured waves, the same on every backend. Noise is not used, because all images of noise
 * are alike to a network, and a batch norm over nearly equal values magnifies rounding errors.
 */
function waves(n: number, size: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const images = Array.from({ length: n }, () => {
    const [across, down] = [random() - 0.5, random() - 0.5];
    const phases = [random(), random(), random()].map((share) => 2 * Math.PI * share);
    return Array.from({ length: size * size }, (_, i) => {
      const at = across * (i % size) + down * Math.floor(i / size);
      return phases.map((phase) => 127.5 * (1 + Math.sin(at + phase)));
    });
  });
  return Uint8Array.from(images.flat(2));
}

/**
 * A training step as in train.ts, without the update of the optimizer: E of a batch, the gradients of all trainable
 * variables, and the moving statistics of the batch norms.
 *
 * @param changes changes to the default config
 * @param images number of images in the batch
 * @param prepare changes the learner before the step
 */
function trainingStep(
  name: string,
  changes: object,
  images: number,
  prepare?: (learner: Learner) => void,
): Case {
  const run = async (draw: number): Promise<Results> => {
    const given = { data: "-", name: "gradcheck", dimensions: 8, hidden: 6, seed: draw + 2 };
    const config = configSchema.parse({ ...given, ...changes });
    const { size, method, seed } = config;
    const counts = { trainClasses: CLASSES, trainImages: images };
    const learner = new Learner(await assemble(config, () => undefined), config, counts);
    prepare?.(learner);
    const labels = Array.from({ length: images }, (_, i) => i % CLASSES);
    const { value, grads } = tf.variableGrads(() => {
      const pixels = Float32Array.from(waves(images, size, seed));
      const batch = learner.score(tf.tensor4d(pixels, [images, size, size, 3]), labels);
      return objective(METHODS[method], batch, config.hyperparameters).total;
    }, learner.trainable);
    const results: Results = new Map([[VALUE, Float32Array.from(value.dataSync())]]);
    for (const [variable, { name: id }] of variablesOf(learner.groups)) {
      results.set(variable, Float32Array.from(grads[id]!.dataSync()));
    }
    for (const [variable, statistics] of learner.state) {
      if (!/moving_/.test(variable)) continue;
      results.set(variable, Float32Array.from(statistics.dataSync()));
    }
    tf.dispose([value, grads]);
    learner.dispose();
    return results;
  };
  return { name, run, draws: DRAWS };
}

/**
 * Moves the outputs of every batch norm between 0 and 6, where ReLU6 is linear. With batch norms that train on few
 * values, rounding errors grow from layer to layer until they decide at many bends.
 */
function straighten({ state }: Learner): void {
  for (const [name, variable] of state) {
    if (name.endsWith("/beta")) tf.tidy(() => variable.assign(tf.fill(variable.shape, 3)));
  }
}

/** Frozen layers with the padding of pretrained weights from PyTorch. */
function trunk(): Results {
  const size = 32;
  const model = buildMobileNetV2({ size, width: 0.35, padding: "symmetric" }, 1);
  const frozen = new Trunk(model, IMAGENET);
  const features = frozen.run(waves(2, size, 1));
  frozen.dispose();
  model.dispose();
  return new Map([[VALUE, Float32Array.from(features)]]);
}

/** A step of a backbone with frozen batch norms, because the batch is too small to train them. */
function backboneStep([network, { smallest }]: [string, Backbone]): Case {
  const { size, batch } = smallest;
  const changes = { network, size, width: 0.35, batchNorm: "frozen" };
  const step = trainingStep(`${network}, batch norms frozen`, changes, batch);
  return QUICK.includes(network) ? step : { ...step, slow: true };
}

/** The cpu backend takes half a minute or more for the others, which consist of the same operations. */
const QUICK = ["small", "mobilenetv2"];

const MOBILENETV2 = { network: "mobilenetv2", size: 32, width: 0.35 };

export const networks: Case[] = [
  ...Object.entries<Backbone>(BACKBONES).map(backboneStep),
  trainingStep("small", { network: "small", size: 16 }, 8),
  trainingStep("small, PDDM", { network: "small", size: 16, method: "pddm-quadruplet" }, 8),
  trainingStep("mobilenetv2", MOBILENETV2, 8, straighten),
  { name: "mobilenetv2, first layers frozen", run: trunk },
];
