import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { scorePairs, scoreRows } from "../../shared/model.ts";
import { l2Normalize, normalizePixels, read } from "../../shared/normalize.ts";
import { type PddmForm, type PddmShape, pddmWeights } from "../../shared/pddm/form.ts";
import { openSimilarity, type Similarity } from "../../shared/pddm/similarity.ts";
import { Pddm } from "../../shared/pddm/unit.ts";
import { BatchScores } from "../methods/batchScores.ts";
import type { Config } from "../runs/config.ts";
import type { Embedded } from "../evaluate/evaluate.ts";
import { INPUT_MEAN, INPUT_STD } from "../data/inputs/normalization.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import { METHODS } from "../methods/methods.ts";
import type { EmbeddingNetwork } from "../networks/assemble.ts";
import { sizeAt } from "../networks/sizeAt.ts";
import type { Trunk } from "../networks/trunk.ts";
import type { Teacher } from "./teacher.ts";

/** The name of the proxies among a learner's variables. */
const PROXIES = "proxies";
/** Proxies are no part of the network, and must travel far: they learn fast whatever it does. */
const PROXY_RATE = 1e-2;

/** How much of each S and its proxies need to know of the training set. */
export interface Counts {
  trainClasses: number;
  trainImages: number;
}

const MAX_REFERENCES = 1000;
const MAX_CENTROIDS = 1000;

/**
 * What S looks like. The local form's numbers ranked well on birds, cars and emoji, and over features
 * of several losses; none of them is critical.
 */
function shapeOf(form: PddmForm, hidden: number, counts: Counts): PddmShape {
  if (form !== "local") return { form, hidden };
  const references = Math.min(MAX_REFERENCES, counts.trainImages);
  return {
    form,
    references,
    neighbours: Math.max(1, Math.round(references / 30)),
    centroids: Math.min(MAX_CENTROIDS, counts.trainClasses),
    temperature: 0.2,
    profile: 0.3,
  };
}

const randomNormal = (shape: number[], fanIn: number, seed: number) =>
  tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn), "float32", seed);

/**
 * The start of S: it ranks by distance. The unit has He-normal kernels and zero biases, and the
 * residual form adds nothing yet; the local form whitens nothing and knows no references.
 */
function similarityVariables(shape: PddmShape, d: number, seed: number): Map<string, tf.Variable> {
  return new Map(
    pddmWeights(shape, d).map((weight, i): [string, tf.Variable] => {
      const initial = () => {
        if (weight.name === "pddm/whitening/kernel") return tf.eye(d);
        if (weight.name === "pddm/distance") return tf.ones(weight.shape);
        const startsAtZero = shape.form === "residual" && weight.name === "pddm/s/kernel";
        if (shape.form === "local" || startsAtZero || !weight.name.endsWith("/kernel")) {
          return tf.zeros(weight.shape);
        }
        return randomNormal(weight.shape, weight.shape[0]!, seed + i);
      };
      return [weight.name, tf.tidy(() => tf.variable(initial()))];
    }),
  );
}

/** The network's variables by name. tfjs-layers hands them out as plain tensors. */
function networkVariables(weights: LayersModel["weights"]): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  for (const weight of weights) {
    const variable: tf.Tensor = weight.read();
    if (!(variable instanceof tf.Variable)) throw new Error(`${weight.originalName} is a constant`);
    variables.set(weight.originalName, variable as tf.Variable);
  }
  return variables;
}

const BATCH = 64;

/** The one output of a network or layer. */
function single(output: unknown): tf.Tensor2D {
  if (!(output instanceof tf.Tensor)) throw new Error("the network must have one output");
  return output as tf.Tensor2D;
}

/** What is trained: the embedding network, but for its frozen trunk, and the PDDM unit. */
export class Learner {
  readonly dimensions: number;
  readonly network: LayersModel;
  readonly trunk: Trunk | null;
  /** What a package says of S. */
  readonly shape: PddmShape;
  readonly similarity: Similarity;
  /** The paper's unit, where S is one: what training scores a batch with. */
  readonly unit: Pddm | null;
  /** Everything that a checkpoint holds, batch-norm statistics included. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** What the gradient moves. */
  readonly trainable: ReadonlyMap<string, tf.Variable>;

  /** @param teacher of the head, where it has one: the backbone must be apart from the head then */
  constructor(
    private readonly body: EmbeddingNetwork,
    private readonly config: Pick<
      Config,
      "method" | "hidden" | "seed" | "batchNorm" | "learningRate" | "headRate"
    >,
    counts: Counts,
    readonly teacher: Teacher | null = null,
  ) {
    const { form, proxies } = METHODS[config.method];
    this.network = body.network;
    this.trunk = body.trunk;
    this.dimensions = sizeAt(this.network.outputs[0]!, -1);
    this.shape = shapeOf(form, config.hidden, counts);
    const weights = similarityVariables(this.shape, this.dimensions, config.seed);
    this.similarity = openSimilarity(this.shape, weights);
    this.unit = this.shape.form === "local" ? null : new Pddm(this.shape.form, weights);
    if (config.batchNorm === "frozen") {
      for (const layer of this.network.layers) {
        if (layer.getClassName() === "BatchNormalization") layer.trainable = false;
      }
    }
    const learned = new Map(networkVariables(this.network.trainableWeights));
    if (this.unit) weights.forEach((variable, name) => learned.set(name, variable));
    const state = new Map([...networkVariables(this.network.weights), ...weights]);
    if (proxies) {
      const shape = [counts.trainClasses, this.dimensions];
      const seed = config.seed + 100;
      const random = tf.tidy(() => tf.variable(randomNormal(shape, this.dimensions, seed)));
      state.set(PROXIES, random);
      learned.set(PROXIES, random);
    }
    teacher?.state.forEach(([name, variable]) => state.set(name, variable));
    teacher?.trainable.forEach(([name, variable]) => learned.set(name, variable));
    this.state = state;
    this.trainable = learned;
  }

  /** Kernels decay; biases, norms and the residual's scale do not. */
  get decayed(): ReadonlySet<string> {
    return new Set([...this.trainable.keys()].filter((name) => name.endsWith("kernel")));
  }

  /** [classes, d] in the order of the training classes, where the method learns them. */
  get proxies(): tf.Variable<tf.Rank.R2> | undefined {
    return this.trainable.get(PROXIES) as tf.Variable<tf.Rank.R2> | undefined;
  }

  /** The peak of a variable's learning rate. */
  rateOf(name: string): number {
    if (name.endsWith(PROXIES)) return PROXY_RATE;
    const { learningRate, headRate } = this.config;
    const fast = name.startsWith("pddm/") || name.startsWith(`${this.body.head}/`);
    return fast ? learningRate * headRate : learningRate;
  }

  /**
   * Unit features.
   *
   * @param input what the trained part reads: RGB, 0 to 255, or the trunk's output
   * @param training whether this is a training step
   * @returns [n, d]
   */
  features(input: tf.Tensor, training: boolean): tf.Tensor2D {
    return tf.tidy(() => l2Normalize(this.apply(this.network, input, training)));
  }

  /** What a part of the network gives that begins where the network does. */
  private apply(part: LayersModel, input: tf.Tensor, training: boolean): tf.Tensor2D {
    const read = this.trunk
      ? input
      : normalizePixels(input as tf.Tensor4D, { mean: INPUT_MEAN, std: INPUT_STD });
    return single(part.apply(read, { training: training && this.config.batchNorm === "trained" }));
  }

  /**
   * What a training step reads of a batch. Must live within one tidy.
   *
   * @param input as `features` takes it
   * @param labels the class of each item, a row of the proxies
   */
  score(input: tf.Tensor, labels: readonly number[], margins: BatchScores["margins"]): BatchScores {
    const { unit, proxies, teacher } = this;
    const { backbone, head } = this.body;
    if (!teacher || !backbone) {
      return new BatchScores(unit, this.features(input, true), labels, margins, proxies);
    }
    const read = this.apply(backbone, input, true);
    const features = l2Normalize(single(this.network.getLayer(head).apply(read)));
    const taught = new BatchScores(null, teacher.embed(read), labels, margins, teacher.proxies);
    return new BatchScores(unit, features, labels, margins, proxies, taught);
  }

  /** Embeddings of some images of a data set. */
  embed(inputs: Inputs, items: readonly number[], labels: ArrayLike<number>): Embedded {
    const d = this.dimensions;
    const embeddings = new Float32Array(items.length * d);
    for (let start = 0; start < items.length; start += BATCH) {
      const batch = items.slice(start, start + BATCH);
      embeddings.set(read(tf.tidy(() => this.features(inputs.plain(batch), false))), start * d);
    }
    return { embeddings, d, labels: items.map((item) => labels[item]!) };
  }

  /** S of pairs of embeddings, by position. @param embeddings n * d values */
  scorePairs(embeddings: Float32Array, a: Int32Array, b: Int32Array): Float32Array {
    return scorePairs(this.similarity, embeddings, this.dimensions, a, b);
  }

  /** S of every embedding against all, `atOnce` rows at a time. @param embeddings n * d values */
  scoreRows(
    embeddings: Float32Array,
    atOnce: number,
    visit: (start: number, scores: Float32Array) => void,
  ): void {
    scoreRows(this.similarity, embeddings, this.dimensions, atOnce, visit);
  }

  dispose(): void {
    tf.dispose([...this.state.values()]);
    this.trunk?.dispose();
  }
}
