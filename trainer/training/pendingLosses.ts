import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "./objective.ts";
import { sumOfAll } from "./sumOfAll.ts";

/** A step's E, and its two headers. */
export interface StepLosses {
  step: number;
  loss: number;
  metric: number;
  embedding: number;
}

/** What of a step is no longer finite. */
export interface Divergence {
  step: number;
  /** In the plural. */
  what: string;
}

/** Steps after which the losses are read at the latest, and the time after which they are. */
const STEPS = 10;
const PATIENCE_MS = 1000;

/** What a step keeps of itself, in the order in which it is computed. */
const PARTS = ["features or scores", "losses", "losses", "losses", "weights"] as const;

/**
 * The losses of steps, on the device until a few of them are read at once: to read one is to wait until
 * its step is done, and meanwhile a GPU would get nothing to do.
 *
 * Sums of the features, scores and weights are read with them. A loss alone does not tell that a run has
 * diverged: miners leave out pairs whose score is NaN, and a ReLU turns NaN into zero.
 */
export class PendingLosses {
  private pending: { step: number; parts: tf.Scalar[] }[] = [];
  private read = performance.now();

  keep(step: number, { inputs, total, metric, embedding }: Objective): void {
    const parts = [inputs, total, metric, embedding];
    this.pending.push({ step, parts: parts.map((part) => tf.keep(tf.clone(part))) });
  }

  /** @param weights what the latest step that was kept has made of them */
  keepWeights(weights: readonly tf.Tensor[]): void {
    this.pending.at(-1)?.parts.push(sumOfAll(weights));
  }

  get areDue(): boolean {
    return this.pending.length >= STEPS || performance.now() - this.read > PATIENCE_MS;
  }

  /** The losses since the last call, in order of their steps, up to the first step that diverged. */
  async take(): Promise<{ losses: StepLosses[]; divergence: Divergence | null }> {
    const taken = this.pending;
    this.pending = [];
    this.read = performance.now();
    const losses: StepLosses[] = [];
    if (taken.length === 0) return { losses, divergence: null };
    const all = tf.tidy(() => tf.stack(taken.flatMap(({ parts }) => parts)));
    const values = await all.data<"float32">();
    tf.dispose([all, ...taken.flatMap(({ parts }) => parts)]);
    for (const [at, { step }] of taken.entries()) {
      const ofStep = values.subarray(at * PARTS.length, (at + 1) * PARTS.length);
      const fault = PARTS.find((_, part) => !Number.isFinite(ofStep[part]));
      if (fault) return { losses, divergence: { step, what: `the ${fault}` } };
      const [loss, metric, embedding] = [ofStep[1]!, ofStep[2]!, ofStep[3]!];
      losses.push({ step, loss, metric, embedding });
    }
    return { losses, divergence: null };
  }
}
