import * as tf from "@tensorflow/tfjs-core";
import { trainBatchNorm } from "../../backends/train-batch-norm.ts";
import type { Case } from "../case.ts";
import { differentiable, type Op } from "../differentiable.ts";

/** A batch norm as a function of x, mean, deviation, offset and scale. */
type Norm = (...inputs: tf.Tensor[]) => tf.Tensor;

const EPSILON = 1e-3;

const fused: Norm = (x, mean, deviation, offset, scale) =>
  tf.batchNorm(x, mean, tf.square(deviation), offset, scale, EPSILON);

/** A batch norm composed of other ops, with the gradients of tfjs. */
const composed: Norm = (x, mean, deviation, offset, scale) => {
  const divisor = tf.sqrt(tf.add(tf.square(deviation), EPSILON));
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), divisor), scale), offset);
};

// Mean and deviation as constants, without gradients.
const statistics = (): [tf.Tensor, tf.Tensor] => [
  tf.tensor1d([0.3, -1, 2, 0, 0.5]),
  tf.tensor1d([1, 0.4, 2, 1.5, 0.9]),
];
const affine = (): [tf.Tensor, tf.Tensor] => [
  tf.tensor1d([0.1, 0, -0.7, 1, 2]),
  tf.tensor1d([-1, 0.4, 1, 1.5, 3]),
];

const frozen =
  (norm: Norm): Op =>
  (x, offset, scale) =>
    norm(x, ...statistics(), offset, scale);

const training =
  (norm: Norm): Op =>
  (x, offset, scale) => {
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    const { mean, variance } = tf.moments(x, axes);
    return norm(x, mean, tf.sqrt(variance), offset, scale);
  };

const oneOp: Op = (x, offset, scale) => {
  const [shift, slope] = [offset, scale] as [tf.Tensor1D, tf.Tensor1D];
  return trainBatchNorm(x, slope, shift, EPSILON).y;
};

function norm(name: string, of: (norm: Norm) => Op, shapes: number[][]): Case {
  return differentiable(name, of(fused), shapes, of(composed));
}

const IMAGE = [3, 4, 6, 5];

export const batchNorm: Case[] = [
  norm("all inputs", (it) => it, [IMAGE, [5], [5], [5], [5]]),
  norm(
    "no scale, no offset",
    (it) => (x, mean, deviation) => it(x, mean, deviation, tf.zeros([5]), tf.ones([5])),
    [[1, 4, 6, 5], [5], [5]],
  ),
  norm("frozen", (it) => (x) => it(x, ...statistics(), ...affine()), [IMAGE]),
  norm("frozen statistics", frozen, [IMAGE, [5], [5]]),
  norm(
    "scale and offset of another batch norm as well",
    (it) => (x, offset, scale) => frozen(it)(frozen(it)(x, offset, scale), offset, scale),
    [IMAGE, [5], [5]],
  ),
  norm("in training", training, [IMAGE, [5], [5]]),
  norm("in training, of vectors", training, [[12, 5], [5], [5]]),
  differentiable("in training, one op", oneOp, [IMAGE, [5], [5]], training(composed)),
  differentiable("in training, one op, of vectors", oneOp, [[12, 5], [5], [5]], training(composed)),
];
