import * as tf from "@tensorflow/tfjs-core";
import type { Case } from "../case.ts";
import { differentiable } from "../differentiable.ts";

type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];

const EXPLICIT: Pad[] = [
  [
    [0, 0],
    [1, 0],
    [0, 1],
    [0, 0],
  ],
  // Padding as large as some filters, so that some windows lie outside the image.
  [
    [0, 0],
    [2, 2],
    [3, 0],
    [0, 0],
  ],
];

/** tfjs-node lacks these gradients. Our networks and the layers of tfjs pad in a separate layer. */
const UNSUPPORTED = { cuda: "gradients of padding given in numbers, which no network has" };

function convolution(
  x: number[],
  filter: number[],
  stride: number | [number, number],
  pad: Pad,
  depthwise = false,
): Case {
  const op = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  const title = typeof pad === "string" ? pad : pad.slice(1, 3).join(" ");
  const name = `${depthwise ? "depthwise" : "conv"} ${x.join("x")} by ${filter.join("x")} stride ${String(stride)} ${title}`;
  const run = (image: tf.Tensor, weights: tf.Tensor) =>
    op(image as tf.Tensor4D, weights as tf.Tensor4D, stride, pad);
  return {
    ...differentiable(name, run, [x, filter]),
    ...(typeof pad !== "string" && { unsupported: UNSUPPORTED }),
  };
}

const windows = (["same", "valid", ...EXPLICIT] as const).flatMap((pad) =>
  [1, 2, 3].flatMap((stride) => [
    convolution([3, 9, 7, 3], [3, 3, 3, 5], stride, pad),
    convolution([1, 8, 8, 4], [2, 3, 4, 2], stride, pad),
    convolution([3, 7, 8, 2], [5, 5, 2, 3], stride, pad),
    convolution([3, 9, 7, 3], [3, 3, 3, 1], stride, pad, true),
    convolution([1, 8, 7, 2], [3, 2, 2, 3], stride, pad, true),
    convolution([2, 9, 8, 3], [5, 5, 3, 1], stride, pad, true),
    convolution([2, 8, 9, 2], [4, 6, 2, 1], stride, pad, true),
  ]),
);

const pointwise = [1, 2, 3].flatMap((stride) => [
  convolution([3, 7, 6, 5], [1, 1, 5, 4], stride, "same"),
  convolution([1, 8, 8, 3], [1, 1, 3, 2], stride, "valid"),
]);

const strided = [2, 3].flatMap((stride) => [
  convolution([2, 10, 7, 3], [1, 3, 3, 4], stride, "valid"),
  convolution([2, 7, 7, 3], [3, 3, 3, 4], stride, "same"),
  convolution([2, 10, 11, 3], [5, 5, 3, 1], stride, "same", true),
]);

export const convolutions: Case[] = [
  ...windows,
  ...pointwise,
  ...strided,
  convolution([2, 9, 9, 3], [3, 3, 3, 4], [1, 2], "same"),
  convolution([2, 6, 6, 2], [2, 2, 2, 3], 1, EXPLICIT[1]!),
  convolution([2, 6, 6, 2], [2, 2, 2, 3], 2, EXPLICIT[1]!),
];
