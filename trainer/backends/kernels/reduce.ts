/**
 * Sum and Mean over adjacent axes other than the last ones, such as height and width of NHWC.
 *
 * The stock kernels transpose the tensor and then add one value at a time. An average pool over all reduced rows
 * gives the same mean with XNNPACK, more than ten times faster. XNNPACK keeps one sum per channel on the wasm
 * stack of 64 KiB, so longer rows, as in the gradient of all pairs of a batch, are summed by a product with ones.
 */
import { Mean, Sum } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel, stockKernel } from "./kernel.ts";

interface ReduceAttributes extends tf.NamedAttrMap {
  axis: number | number[];
  keepDims: boolean;
}

/** Channels whose sums fit on the stack. */
const MAX_CHANNELS = 4096;

export function registerReductions(): void {
  for (const kernel of [Mean, Sum]) {
    const stock = stockKernel(kernel);
    replaceKernel(kernel, ["x"], ({ x }, attributes: ReduceAttributes) => {
      const axes = tf.util.parseAxisParam(attributes.axis, x.shape).sort((a, b) => a - b);
      const [reduced, rows] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
      if (!reducible(x, axes)) return stock({ x }, attributes);
      const mean = innerSize(x, axes) > MAX_CHANNELS ? longMean(x, axes) : meanOfRows(x, axes);
      const shape = attributes.keepDims
        ? tf.backend_util.expandShapeToKeepDim(reduced, axes)
        : reduced;
      const result = kernel === Mean ? mean : tf.mul(mean, tf.util.sizeFromShape(rows));
      return tf.reshape(result, shape);
    });
  }
}

/** Number of values behind the reduced axes. */
function innerSize(x: tf.Tensor, axes: number[]): number {
  return tf.util.sizeFromShape(x.shape.slice(axes[0]! + axes.length));
}

function reducible(x: tf.Tensor, axes: number[]): boolean {
  const adjacent = axes.every((axis, i) => axis === axes[0]! + i);
  const inner = innerSize(x, axes);
  const fits = inner <= MAX_CHANNELS || axes[0] === 0;
  return x.dtype === "float32" && adjacent && inner > 1 && fits && x.size > 0;
}

/** The mean over the leading axes as a matrix product. */
function longMean(x: tf.Tensor, axes: number[]): tf.Tensor {
  const inner = innerSize(x, axes);
  const rows = x.size / inner;
  return tf.matMul(tf.fill([1, rows], 1 / rows), tf.reshape(x, [rows, inner]));
}

/** The mean in two steps, the first axis last, which keeps sums short: XNNPACK adds in single precision. */
function meanOfRows(x: tf.Tensor, axes: number[]): tf.Tensor {
  const inner = innerSize(x, axes);
  const outer = tf.util.sizeFromShape(x.shape.slice(0, axes[0]));
  const lengths = axes.map((axis) => x.shape[axis]!);
  const first = lengths[0]!;
  const rows = tf.util.sizeFromShape(lengths.slice(1));
  const means = poolRows(tf.reshape(x, [outer * first, 1, rows, inner]), rows);
  return poolRows(tf.reshape(means, [outer, 1, first, inner]), first);
}

function poolRows(rows: tf.Tensor4D, count: number): tf.Tensor4D {
  return count === 1 ? rows : tf.avgPool(rows, [1, count], 1, "valid");
}
