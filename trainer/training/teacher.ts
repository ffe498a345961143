import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../shared/normalize.ts";
import type { Start } from "./head.ts";

/**
 * The space that teaches the head (losses/selfDistillation.ts): all features that the head reads,
 *
 *     t = (f - mu) A / ||(f - mu) A||
 *
 * mu and A are mean and within-class whitening of the pretrained features, and stay. Gradients reach
 * the backbone through f. It is part of training only: no package has it.
 */
export class Teacher {
  private readonly kernel: tf.Variable<tf.Rank.R2>;
  private readonly bias: tf.Variable<tf.Rank.R1>;
  /** [classes, c]; they start as the means of their classes' t. */
  readonly proxies: tf.Variable<tf.Rank.R2>;

  constructor({ whitened: { mean, matrix, d: c }, classMeans }: Start) {
    this.kernel = tf.tidy(() => tf.variable(tf.tensor2d(matrix, [c, c]), false));
    this.bias = tf.tidy(() => {
      const shift = tf.matMul<tf.Tensor2D>(tf.tensor2d(mean, [1, c]), this.kernel);
      return tf.variable(tf.neg(tf.reshape<tf.Rank.R1>(shift, [c])), false);
    });
    const shape: [number, number] = [classMeans.length / c, c];
    this.proxies = tf.tidy(() => tf.variable(tf.tensor2d(classMeans, shape)));
  }

  /** What a checkpoint holds of it, by name. */
  get state(): [string, tf.Variable][] {
    const { kernel, bias } = this;
    return [["teacher/kernel", kernel], ["teacher/bias", bias], ...this.trainable];
  }

  /** What the gradient moves. */
  get trainable(): [string, tf.Variable][] {
    return [["teacher/proxies", this.proxies]];
  }

  /** @param features what the head reads, [n, c] @returns rows of length 1, [n, c] */
  embed(features: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() =>
      l2Normalize(tf.add<tf.Tensor2D>(tf.matMul(features, this.kernel), this.bias)),
    );
  }
}
