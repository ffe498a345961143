import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type PlaceValues, placesOf, scorePairs, scoreRows } from "../../shared/model.ts";
import { l2Normalize, normalizePixels, takeValues } from "../../shared/normalize.ts";
import { type PddmForm, type PddmShape, pddmWeights } from "../../shared/pddm/form.ts";
import { openSimilarity, type Similarity } from "../../shared/pddm/similarity.ts";
import { Pddm } from "../../shared/pddm/unit.ts";
import { BatchScores } from "../methods/batchScores.ts";
import type { Config } from "../runs/config.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import { expectFinite } from "../finite.ts";
import { METHODS } from "../methods/methods.ts";
import type { EmbeddingNetwork } from "../networks/assemble.ts";
import { sizeAt } from "../networks/sizeAt.ts";
import type { Trunk } from "../networks/trunk.ts";
import { type ParameterGroup, variablesOf } from "./parameterGroups.ts";
import type { Teacher } from "./teacher.ts";

/** Proxies must travel far, so they learn fast whatever the network's rate is. */
const PROXY_RATE = 1e-2;

/** The sizes of the training set, which the shapes of S and the proxies follow. */
export interface Counts {
  trainClasses: number;
  trainImages: number;
}

const MAX_REFERENCES = 1000;
const MAX_CENTROIDS = 1000;

/**
 * The shape of S. The local form's numbers ranked well on birds, cars and emoji, and with features of
 * several losses. None of them is critical.
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
 * The variables of S at its start. The published form has He-normal kernels and zero biases. The residual
 * form adds nothing to the distance yet, and the local form whitens nothing and has no references: both
 * rank by distance.
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

/** The variables behind a network's or layer's weights, by name. tfjs-layers hands them out as tensors. */
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

/** A proxy for each class, in directions of their own. */
const randomProxies = ({ trainClasses }: Counts, d: number, seed: number) =>
  tf.tidy(() => tf.variable(randomNormal([trainClasses, d], d, seed) as tf.Tensor2D));

/** What is trained: the embedding network without its frozen trunk, S and proxies. */
export class Learner {
  readonly dimensions: number;
  readonly network: LayersModel;
  readonly trunk: Trunk | null;
  /** The shape of S, which a package states. */
  readonly shape: PddmShape;
  readonly similarity: Similarity;
  /** The variables of S, by their names in a package. */
  readonly similarityState: ReadonlyMap<string, tf.Variable>;
  /** The paper's unit, which scores a batch in training; null where S has the local form. */
  readonly unit: Pddm | null;
  /** [classes, d] in the order of the training classes, where the method learns them. */
  readonly proxies: tf.Variable<tf.Rank.R2> | undefined;
  /** Every variable that a checkpoint holds, batch-norm statistics included. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** The variables that the gradient moves, by how they are trained. */
  readonly groups: readonly ParameterGroup[];

  /** @param teacher of the head, where it has one; the backbone must then be apart from the head */
  constructor(
    private readonly embeddingNetwork: EmbeddingNetwork,
    private readonly config: Pick<
      Config,
      "method" | "hidden" | "seed" | "batchNorm" | "learningRate" | "headRate"
    >,
    counts: Counts,
    readonly teacher: Teacher | null = null,
  ) {
    const { form, proxies } = METHODS[config.method];
    this.network = embeddingNetwork.network;
    this.trunk = embeddingNetwork.trunk;
    this.dimensions = sizeAt(this.network.outputs[0]!, -1);
    this.shape = shapeOf(form, config.hidden, counts);
    this.similarityState = similarityVariables(this.shape, this.dimensions, config.seed);
    this.similarity = openSimilarity(this.shape, this.similarityState);
    this.unit =
      this.shape.form === "local" ? null : new Pddm(this.shape.form, this.similarityState);
    if (proxies) this.proxies = randomProxies(counts, this.dimensions, config.seed + 100);
    if (config.batchNorm === "frozen") {
      for (const layer of this.network.layers) {
        if (layer.getClassName() === "BatchNormalization") layer.trainable = false;
      }
    }
    this.groups = this.makeGroups();
    this.state = new Map([
      ...networkVariables(this.network.weights),
      ...this.similarityState,
      ...variablesOf(this.groups),
      ...(teacher?.state ?? []),
    ]);
  }

  /** The variables that the gradient moves. */
  get trainable(): tf.Variable[] {
    return [...variablesOf(this.groups).values()];
  }

  private makeGroups(): ParameterGroup[] {
    const { network, unit, proxies, teacher } = this;
    const { learningRate, headRate } = this.config;
    const fast = { learningRate: learningRate * headRate, decay: "kernels" as const };
    const slow = { learningRate, decay: "kernels" as const };
    const free = { learningRate: PROXY_RATE, decay: "none" as const };
    const head = networkVariables(network.getLayer(this.embeddingNetwork.head).trainableWeights);
    const all = networkVariables(network.trainableWeights);
    const backbone = new Map([...all].filter(([name]) => !head.has(name)));
    const own = new Map(proxies ? [["proxies", proxies]] : []);
    const groups: ParameterGroup[] = [
      { name: "backbone", variables: backbone, ...slow },
      { name: "head", variables: head, ...fast },
      { name: "unit", variables: unit ? this.similarityState : new Map(), ...fast },
      { name: "proxies", variables: own, ...free },
      { name: "teacher", variables: new Map(teacher?.trainable), ...free },
    ];
    return groups.filter(({ variables }) => variables.size > 0);
  }

  /** What the network expects of images. */
  get normalization(): EmbeddingNetwork["normalization"] {
    return this.embeddingNetwork.normalization;
  }

  /**
   * Features of length 1.
   *
   * @param input what the network reads: RGB, 0 to 255, or the trunk's output
   * @param training whether this is a training step
   * @returns [n, d]
   */
  features(input: tf.Tensor, training: boolean): tf.Tensor2D {
    return tf.tidy(() => l2Normalize(this.apply(this.network, input, training)));
  }

  /** Runs the network, or a part of it that has the same input. */
  private apply(part: LayersModel, input: tf.Tensor, training: boolean): tf.Tensor2D {
    const read = this.trunk ? input : normalizePixels(input as tf.Tensor4D, this.normalization);
    return single(part.apply(read, { training: training && this.config.batchNorm === "trained" }));
  }

  /**
   * The scores of a batch in a training step. Must live within one tidy.
   *
   * @param input as `features` takes it
   * @param labels the class of each item, a row of the proxies
   */
  score(input: tf.Tensor, labels: readonly number[]): BatchScores {
    const { unit, proxies, teacher } = this;
    const { backbone, head } = this.embeddingNetwork;
    if (!teacher || !backbone) {
      return new BatchScores(unit, this.features(input, true), labels, proxies);
    }
    const read = this.apply(backbone, input, true);
    const features = l2Normalize(single(this.network.getLayer(head).apply(read)));
    const taught = new BatchScores(null, teacher.embed(read), labels, teacher.proxies);
    return new BatchScores(unit, features, labels, proxies, taught);
  }

  /** Embeddings of some images of a data set. @throws NonFiniteError where one is NaN or infinite */
  embed(inputs: Inputs, items: readonly number[], labels: ArrayLike<number>): Embedded {
    const d = this.dimensions;
    const embeddings = new Float32Array(items.length * d);
    for (let start = 0; start < items.length; start += BATCH) {
      const batch = items.slice(start, start + BATCH);
      embeddings.set(
        takeValues(tf.tidy(() => this.features(inputs.plain(batch), false))),
        start * d,
      );
    }
    expectFinite(embeddings, "the features");
    return { embeddings, d, labels: items.map((item) => labels[item]!) };
  }

  /** S of pairs of embeddings, by position. @param embeddings n * d values */
  scorePairs(embeddings: Float32Array, a: Int32Array, b: Int32Array): Float32Array {
    return scorePairs(this.similarity, embeddings, this.dimensions, a, b);
  }

  /** S of the first `count` embeddings against all. @param embeddings n * d values */
  scoreRows(
    embeddings: Float32Array,
    count: number,
    visit: (start: number, scores: Float32Array) => void,
  ): void {
    scoreRows(this.similarity, embeddings, this.dimensions, count, visit);
  }

  /** Places by the local form of S; null for the other forms. @param embeddings n * d values */
  places(embeddings: Float32Array): PlaceValues | null {
    return placesOf(this.similarity, embeddings, this.dimensions);
  }

  dispose(): void {
    tf.dispose([...this.state.values()]);
    this.trunk?.dispose();
  }
}
