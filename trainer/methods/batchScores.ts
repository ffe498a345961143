import * as tf from "@tensorflow/tfjs-core";
import type { Pddm } from "../../shared/pddm/unit.ts";
import type { Config } from "../runs/config.ts";
import { pairwiseDistances } from "./distance.ts";

/** The features of a batch and what pairs of them score, for losses and miners to read. */
export class BatchScores {
  private memo: Partial<Record<"s" | "distances" | "cosines", tf.Tensor2D>> = {};

  /**
   * Must live within one tidy.
   *
   * @param features [n, d], rows of length 1
   * @param proxies [classes, d], by label; where the method learns them
   * @param teacher the same batch in the space that teaches the head, where there is one
   */
  constructor(
    private readonly unit: Pddm | null,
    readonly features: tf.Tensor2D,
    readonly labels: readonly number[],
    readonly margins: Pick<Config, "alpha" | "beta" | "lambda">,
    readonly proxies?: tf.Tensor2D,
    readonly teacher?: BatchScores,
  ) {}

  /** S of all pairs, [n, n]. */
  get s(): tf.Tensor2D {
    if (!this.unit) throw new Error("this form of S is not trained by gradients");
    return (this.memo.s ??= this.unit.all(this.features));
  }

  /** D of all pairs, [n, n]. */
  get distances(): tf.Tensor2D {
    return (this.memo.distances ??= pairwiseDistances(this.features));
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
