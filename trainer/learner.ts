import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { l2Normalize, normalizePixels, read } from "../shared/model.ts";
import { type PddmForm, pddmWeights } from "../shared/pddm/form.ts";
import { Pddm } from "../shared/pddm/unit.ts";

/** ImageNet's channel statistics: what pretrained networks expect, and fine for any photo. */
export const INPUT_MEAN: [number, number, number] = [0.485, 0.456, 0.406];
export const INPUT_STD: [number, number, number] = [0.229, 0.224, 0.225];

/** The start of the unit: He-normal kernels, zero biases; the residual form adds nothing yet. */
function pddmVariables(form: PddmForm, d: number, hidden: number, seed: number) {
  return new Map(
    pddmWeights(form, d, hidden).map(({ name, shape }, i): [string, tf.Variable] => {
      const initial = tf.tidy(() => {
        if (name === "pddm/distance") return tf.ones(shape);
        const startsAtZero = form === "residual" && name === "pddm/s/kernel";
        if (!name.endsWith("/kernel") || startsAtZero) return tf.zeros(shape);
        return tf.randomNormal(shape, 0, Math.sqrt(2 / shape[0]), "float32", seed + i);
      });
      return [name, tf.variable(initial)];
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

/** What is trained: the embedding network and the PDDM unit. */
export class Learner {
  readonly pddm: Pddm;
  readonly dimensions: number;
  /** Everything that a checkpoint holds, batch-norm statistics included. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** What the gradient moves. */
  readonly trainable: ReadonlyMap<string, tf.Variable>;

  /** @param network any model that ends in a feature vector [n, d] */
  constructor(
    readonly network: LayersModel,
    form: PddmForm,
    hidden: number,
    seed: number,
  ) {
    const [output] = network.outputs;
    this.dimensions = output.shape[output.shape.length - 1] ?? 0;
    const unit = pddmVariables(form, this.dimensions, hidden, seed);
    this.pddm = new Pddm(form, unit);
    this.state = new Map([...networkVariables(network.weights), ...unit]);
    this.trainable = new Map([...networkVariables(network.trainableWeights), ...unit]);
  }

  /** Kernels decay; biases, norms and the residual's scale do not. */
  get decayed(): ReadonlySet<string> {
    return new Set([...this.trainable.keys()].filter((name) => name.endsWith("kernel")));
  }

  /**
   * Unit features of images.
   *
   * @param pixels RGB bytes of n images
   * @param training whether batch norm uses (and updates) the batch's statistics
   * @returns [n, d]
   */
  features(pixels: Uint8Array, training: boolean): tf.Tensor2D {
    return tf.tidy(() => {
      const [, height = 0, width = 0] = this.network.inputs[0].shape.map((size) => size ?? 0);
      const n = pixels.length / (height * width * 3);
      const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
      const input = normalizePixels(images, { mean: INPUT_MEAN, std: INPUT_STD });
      const output = this.network.apply(input, { training });
      if (!(output instanceof tf.Tensor)) throw new Error("the network must have one output");
      return l2Normalize(output as tf.Tensor2D);
    });
  }

  /** @param pixels RGB bytes of n images @returns n * d values, unit vectors */
  embed(pixels: Uint8Array): Float32Array {
    return read(this.features(pixels, false));
  }

  /** S of pairs of embeddings. @param a n * d values @param b n * d values @returns n values */
  scorePairs(a: Float32Array, b: Float32Array): Float32Array {
    const rows = (values: Float32Array) =>
      tf.tensor2d(values, [values.length / this.dimensions, this.dimensions]);
    return read(tf.tidy(() => this.pddm.pairs(rows(a), rows(b))));
  }

  dispose(): void {
    tf.dispose([...this.state.values()]);
  }
}
