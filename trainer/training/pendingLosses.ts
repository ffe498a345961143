import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "./objective.ts";

/** A step's E, and its two headers. */
export interface StepLosses {
  step: number;
  loss: number;
  metric: number;
  embedding: number;
}

/** Steps after which the losses are read at the latest, and the time after which they are. */
const STEPS = 10;
const PATIENCE_MS = 1000;

/**
 * The losses of steps, on the device until a few of them are read at once: to read one is to wait until
 * its step is done, and meanwhile a GPU would get nothing to do.
 */
export class PendingLosses {
  private pending: { step: number; terms: tf.Tensor1D }[] = [];
  private read = performance.now();

  keep(step: number, { total, metric, embedding }: Objective): void {
    const terms = tf.keep(tf.stack([total, metric, embedding]) as tf.Tensor1D);
    this.pending.push({ step, terms });
  }

  get areDue(): boolean {
    return this.pending.length >= STEPS || performance.now() - this.read > PATIENCE_MS;
  }

  /** The losses since the last call, in order of their steps. */
  async take(): Promise<StepLosses[]> {
    const taken = this.pending;
    this.pending = [];
    this.read = performance.now();
    if (taken.length === 0) return [];
    const all = tf.tidy(() => tf.stack(taken.map(({ terms }) => terms)));
    const values = await all.data<"float32">();
    tf.dispose([all, ...taken.map(({ terms }) => terms)]);
    return taken.map(({ step }, at) => {
      const [loss, metric, embedding] = [values[3 * at]!, values[3 * at + 1]!, values[3 * at + 2]!];
      return { step, loss, metric, embedding };
    });
  }
}
