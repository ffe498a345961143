import * as tf from "@tensorflow/tfjs-core";
import type { Pddm } from "../../shared/pddm/unit.ts";
import { pairwiseDistances } from "./distance.ts";

/** The features of a batch and the scores of all its pairs. Each score is computed once, on first use. */
export class BatchScores {
  private memo: Partial<Record<"s" | "distances" | "closeness" | "cosines", tf.Tensor2D>> = {};

  /**
   * Use it within one `tf.tidy`, which disposes the scores.
   *
   * @param unit null for the local form of S, which has no trained unit
   * @param features [n, d], rows of length 1
   * @param learnedProxies [classes, d], row = label; only for methods with `proxies: true`
   * @param teacher the same batch in the teacher's space, if the method uses a teacher
   */
  constructor(
    private readonly unit: Pddm | null,
    readonly features: tf.Tensor2D,
    readonly labels: readonly number[],
    private readonly learnedProxies?: tf.Tensor2D,
    readonly teacher?: BatchScores,
  ) {}

  /** [classes, d], row = label. @throws Error if the method does not set `proxies: true` */
  get proxies(): tf.Tensor2D {
    if (!this.learnedProxies) {
      throw new Error("the batch has no proxies: the method must set `proxies: true`");
    }
    return this.learnedProxies;
  }

  /** The scores that have been used so far. */
  get computed(): tf.Tensor2D[] {
    return Object.values(this.memo);
  }

  /** S of all pairs, [n, n]. @throws Error for the local form of S, which gradients do not train */
  get s(): tf.Tensor2D {
    if (!this.unit) {
      throw new Error(
        'the local form of S is not trained: the method must set another `form` to read "s"',
      );
    }
    return (this.memo.s ??= this.unit.all(this.features));
  }

  /** D, the Euclidean distance, of all pairs, [n, n]. */
  get distances(): tf.Tensor2D {
    return (this.memo.distances ??= pairwiseDistances(this.features));
  }

  /** -D of all pairs, [n, n], for losses and miners that read a similarity. */
  get closeness(): tf.Tensor2D {
    return (this.memo.closeness ??= tf.neg<tf.Tensor2D>(this.distances));
  }

  /** Cosines of all pairs, [n, n]. */
  get cosines(): tf.Tensor2D {
    return (this.memo.cosines ??= tf.matMul<tf.Tensor2D>(
      this.features,
      this.features,
      false,
      true,
    ));
  }
}
