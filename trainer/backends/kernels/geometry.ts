/** The geometry shared by the convolution gradients, and the refusal of what they do not compute. */
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
  const [batch, height, width, channels] = shape;
  return [batch, height, width, channels];
}

/**
 * The padding under which the convolution of a gradient with the turned filter has the input's size;
 * none where strides or a padding as large as the filter stand in the way.
 */
export function fullPadding(info: Conv2DInfo): ExplicitPadding | undefined {
  const { top, left, bottom, right } = info.padInfo;
  const rows: [number, number] = [info.filterHeight - 1 - top, info.filterHeight - 1 - bottom];
  const columns: [number, number] = [info.filterWidth - 1 - left, info.filterWidth - 1 - right];
  const possible = info.strideHeight === 1 && info.strideWidth === 1;
  if (!possible || Math.min(...rows, ...columns) < 0) return undefined;
  return [[0, 0], rows, columns, [0, 0]];
}

export interface PoolAttributes {
  filterSize: Pair;
  strides: Pair;
  pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
}
