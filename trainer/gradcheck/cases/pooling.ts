import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

/** Rounds to integers, many of them equal, and passes the gradient. */
const rounded = tf.customGrad((x) => ({
  value: tf.round(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => dy,
}));

function maxPool(x: number[], size: number, stride: number, pad: "same" | "valid"): Case[] {
  const name = `max pool ${x.join("x")} by ${size} stride ${stride} ${pad}`;
  const pool = (image: tf.Tensor) => tf.maxPool(image as tf.Tensor4D, size, stride, pad);
  const negative = (image: tf.Tensor) => tf.sub(tf.neg(tf.abs(image)), 1);
  return [
    differentiable(name, pool, [x]),
    differentiable(`${name}, all negative`, (image) => pool(negative(image)), [x]),
    differentiable(`${name}, ties`, (image) => pool(rounded(image)), [x]),
  ];
}

/** Compares with a convolution, divided by the share of each window inside the image. */
function averagePool(x: number[], size: number, stride: number, pad: "same" | "valid"): Case {
  const sum = (image: tf.Tensor) => {
    const ones = tf.ones<tf.Rank.R4>([size, size, x[3]!, 1]);
    return tf.depthwiseConv2d(image as tf.Tensor4D, ones, stride, pad);
  };
  return differentiable(
    `average pool ${x.join("x")} by ${size} stride ${stride} ${pad}`,
    (image) => tf.avgPool(image as tf.Tensor4D, size, stride, pad),
    [x],
    (image) => tf.div(sum(image), sum(tf.ones(x))),
  );
}

export const pooling: Case[] = [
  ...maxPool([3, 8, 8, 3], 2, 2, "same"),
  ...maxPool([1, 9, 7, 2], 3, 2, "same"),
  ...maxPool([3, 9, 7, 2], 3, 2, "valid"),
  ...maxPool([1, 7, 7, 4], 3, 1, "same"),
  ...maxPool([1, 8, 7, 4], 2, 3, "valid"),
  averagePool([3, 5, 6, 2], 2, 2, "same"),
  averagePool([2, 9, 7, 3], 3, 1, "same"),
  averagePool([2, 8, 9, 3], 3, 2, "same"),
  averagePool([2, 8, 7, 3], 3, 2, "valid"),
];
