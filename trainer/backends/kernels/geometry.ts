/** The geometry of the convolution gradients. It refuses unsupported attributes. */
import * as tf from "@tensorflow/tfjs-core";

export type Conv2DInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

export type ExplicitPadding = [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
];

type Pair = number | [number, number];

export interface ConvAttributes {
  strides: Pair;
  pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  dilations?: Pair;
  dataFormat?: string;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

export function convInfo(
  kernel: string,
  inputShape: number[],
  filterShape: number[],
  attributes: ConvAttributes,
  depthwise = false,
): Conv2DInfo {
  const { strides, pad, dilations = 1, dataFormat = "NHWC", dimRoundingMode } = attributes;
  if (dataFormat !== "NHWC") {
    throw new Error(`${kernel}: data format ${dataFormat} is not supported, use NHWC.`);
  }
  const info = tf.backend_util.computeConv2DInfo(
    shape4(inputShape),
    shape4(filterShape),
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) {
    throw new Error(`${kernel}: dilation ${String(dilations)} is not supported, only 1.`);
  }
  return info;
}

export function shape4(shape: number[]): [number, number, number, number] {
  if (shape.length !== 4) throw new Error(`Expected a shape of rank 4, got [${shape.join(", ")}].`);
  return [shape[0]!, shape[1]!, shape[2]!, shape[3]!];
}

export interface PoolAttributes {
  filterSize: Pair;
  strides: Pair;
  pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

export function poolInfo(
  inputShape: number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
): Conv2DInfo {
  const shape = shape4(inputShape);
  return tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}
