import * as tf from "@tensorflow/tfjs-core";
import type { PddmShape } from "./form.ts";
import { LocalSimilarity } from "./local.ts";
import { Pddm } from "./unit.ts";

/** Where items lie by the local form of S: z [n, d], and the density r [n] by the references. */
export interface Places {
  z: tf.Tensor2D;
  densities: tf.Tensor1D;
}

/** A learned similarity S of any form, with its weights. */
export interface Similarity {
  /**
   * Computes what S needs of each item, once for all its pairs.
   *
   * @param features [n, d], rows of length 1
   * @returns [n, k], of any width k
   */
  describe(features: tf.Tensor2D): tf.Tensor2D;

  /**
   * Computes S of pairs.
   *
   * @param described the result of `describe`
   * @param a positions of the first items, int32 [pairs]
   * @param b positions of the second items, int32 [pairs]
   * @returns [pairs]
   */
  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D;

  /** Computes S of `count` items from position `start` against all. @returns [count, n] */
  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D;

  /** The places of items; only the local form knows them. @param described the result of `describe` */
  places?(described: tf.Tensor2D): Places;

  /** Frees memory that it has allocated for itself. */
  dispose?(): void;
}

/** Pairs at a time. The unit makes several vectors per pair; more pairs take memory and save no time. */
const PAIRS_AT_ONCE = 16_384;

/** S by the paper's unit, which depends on the pair only. */
class UnitSimilarity implements Similarity {
  constructor(private readonly pddm: Pddm) {}

  describe(features: tf.Tensor2D): tf.Tensor2D {
    return tf.clone(features);
  }

  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D {
    const [first, second] = [a.dataSync<"int32">(), b.dataSync<"int32">()];
    return inParts(a.size, PAIRS_AT_ONCE, 0, (start, size) => {
      const items = (all: Int32Array) =>
        tf.gather(described, tf.tensor1d(all.subarray(start, start + size), "int32"));
      return this.pddm.pairs(items(first), items(second));
    });
  }

  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
    const columns = Math.max(1, Math.floor(PAIRS_AT_ONCE / count));
    return inParts(described.shape[0], columns, 1, (from, size) =>
      this.pddm.between(
        tf.slice(described, [start, 0], [count, -1]),
        tf.slice(described, [from, 0], [size, -1]),
      ),
    );
  }
}

/** Computes something of n items, at least one, in parts, and joins the parts along an axis. */
function inParts<T extends tf.Tensor>(
  n: number,
  atOnce: number,
  axis: number,
  compute: (start: number, size: number) => T,
): T {
  const parts: T[] = [];
  for (let start = 0; start < n; start += atOnce) {
    parts.push(tf.tidy(() => compute(start, Math.min(atOnce, n - start))));
  }
  const joined = tf.concat(parts, axis);
  tf.dispose(parts);
  return joined;
}

/** @param weights the tensors that `pddmWeights` lists, by name; not owned, not disposed */
export function openSimilarity(
  shape: PddmShape,
  weights: ReadonlyMap<string, tf.Tensor>,
): Similarity {
  if (shape.form === "local") return new LocalSimilarity(shape, weights);
  return new UnitSimilarity(new Pddm(shape.form, weights));
}
