import * as tf from "@tensorflow/tfjs-core";
import type { Pddm } from "../../shared/pddm/unit.ts";
import { pairwiseDistances } from "./distance.ts";

/** The features of a batch and the scores of its pairs, for losses and miners to read. */
export class BatchScores {
  private memo: Partial<Record<"s" | "distances" | "closeness" | "cosines", tf.Tensor2D>> = {};

  /**
   * Must live within one tidy.
   *
   * @param features [n, d], rows of length 1
   * @param learnedProxies [classes, d], by label; where the method learns them
   * @param teacher the same batch in the space that teaches the head, where there is one
   */
  constructor(
    private readonly unit: Pddm | null,
    readonly features: tf.Tensor2D,
    readonly labels: readonly number[],
    private readonly learnedProxies?: tf.Tensor2D,
    readonly teacher?: BatchScores,
  ) {}

  /** [classes, d], by label. @throws Error where the method does not say that it learns them */
  get proxies(): tf.Tensor2D {
    if (!this.learnedProxies) throw new Error("the batch has no proxies");
    return this.learnedProxies;
  }

  /** S of all pairs, [n, n]. @throws Error where S has the local form, which no gradient trains */
  get s(): tf.Tensor2D {
    if (!this.unit) throw new Error("this form of S is not trained by gradients");
    return (this.memo.s ??= this.unit.all(this.features));
  }

  /** D of all pairs, [n, n]. */
  get distances(): tf.Tensor2D {
    return (this.memo.distances ??= pairwiseDistances(this.features));
  }

  /** -D of all pairs, [n, n]: a similarity. */
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
