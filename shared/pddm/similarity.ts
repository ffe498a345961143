import * as tf from "@tensorflow/tfjs-core";
import type { PddmShape } from "./form.ts";
import { LocalSimilarity } from "./local.ts";
import { Pddm } from "./unit.ts";

/** A learned similarity S with its weights, whatever its form. */
export interface Similarity {
  /**
   * What S needs to know of each item, worked out once for all its pairs.
   *
   * @param features [n, d], rows of length 1
   * @returns [n, k], of any width k
   */
  describe(features: tf.Tensor2D): tf.Tensor2D;

  /**
   * S of pairs.
   *
   * @param described what `describe` gives
   * @param a positions of the first items, int32 [pairs]
   * @param b positions of the second items, int32 [pairs]
   * @returns [pairs]
   */
  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D;

  /** S of `count` items from position `start` against all. @returns [count, n] */
  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D;

  /** Frees what it has made of the weights, where it has. */
  dispose?(): void;
}

/** S by the paper's unit, which sees nothing but the pair. */
class UnitSimilarity implements Similarity {
  constructor(private readonly pddm: Pddm) {}

  describe(features: tf.Tensor2D): tf.Tensor2D {
    return tf.clone(features);
  }

  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => this.pddm.pairs(tf.gather(described, a), tf.gather(described, b)));
  }

  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
    return tf.tidy(() =>
      this.pddm.between(tf.slice(described, [start, 0], [count, -1]), described),
    );
  }
}

/** @param weights the tensors that `pddmWeights` lists, by name; not owned, not disposed */
export function openSimilarity(
  shape: PddmShape,
  weights: ReadonlyMap<string, tf.Tensor>,
): Similarity {
  if (shape.form === "local") return new LocalSimilarity(shape, weights);
  return new UnitSimilarity(new Pddm(shape.form, weights));
}
