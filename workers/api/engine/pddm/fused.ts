import * as tf from "@tensorflow/tfjs-core";
import type { UnitShape } from "../../../../shared/pddm/form.ts";
import type { Similarity } from "../../../../shared/pddm/similarity.ts";
import { addressOf, allocate } from "./heap.ts";
import type { Kernel } from "./kernel.ts";
import { packUnit } from "./pack.ts";

/** Pairs that the kernel computes together. */
const LANES = 8;

/**
 * The same S as `UnitSimilarity` of shared/pddm/similarity.ts, computed in one call of a kernel that works in
 * the heap of tfjs.
 */
export class FusedUnit implements Similarity {
  private readonly d: number;
  private readonly h: number;
  private readonly published: boolean;
  private readonly weights: tf.Tensor1D;
  private readonly work: tf.Tensor1D;

  /** @param weights the tensors that `pddmWeights` lists, by name. They are copied */
  constructor(
    private readonly kernel: Kernel,
    shape: UnitShape,
    weights: ReadonlyMap<string, tf.Tensor>,
  ) {
    const unit = packUnit(shape, weights);
    this.d = unit.d;
    this.h = unit.h;
    this.published = shape.form === "published";
    this.weights = tf.tensor1d(unit.weights);
    this.work = allocate([LANES * (2 + this.d + 3 * this.h)]);
  }

  describe(features: tf.Tensor2D): tf.Tensor2D {
    const [n, width] = features.shape;
    const items = allocate<tf.Tensor2D>([n, this.d + this.h + 4]);
    this.kernel.describe(
      addressOf(this.weights),
      addressOf(this.work),
      this.d,
      this.h,
      addressOf(features),
      width,
      addressOf(items),
      n,
    );
    return items;
  }

  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D {
    const scores = allocate<tf.Tensor1D>([a.size]);
    this.kernel.score(
      addressOf(this.weights),
      addressOf(this.work),
      this.d,
      this.h,
      this.published,
      addressOf(described),
      addressOf(a),
      addressOf(b),
      addressOf(scores),
      a.size,
    );
    return scores;
  }

  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
    const [n] = described.shape;
    const positions = (of: (pair: number) => number) =>
      tf.tensor1d(
        Int32Array.from({ length: count * n }, (_, pair) => of(pair)),
        "int32",
      );
    return tf.tidy(() => {
      const a = positions((pair) => start + Math.floor(pair / n));
      const b = positions((pair) => pair % n);
      return tf.reshape(this.pairs(described, a, b), [count, n]);
    });
  }

  dispose(): void {
    tf.dispose([this.weights, this.work]);
  }
}
