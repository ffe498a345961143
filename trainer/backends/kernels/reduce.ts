/**
 * Sum and Mean over adjacent axes that are not the last ones, such as the height and width of NHWC.
 *
 * The stock kernels transpose the tensor first and then add one value at a time. An average pool
 * whose window is all reduced rows is the same mean, done by XNNPACK, more than ten times faster.
 */
import { Mean, Sum } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel, stockKernel } from "./kernel.ts";

interface ReduceAttributes extends tf.NamedAttrMap {
  axis: number | number[];
  keepDims: boolean;
}

export function registerReductions(): void {
  for (const kernel of [Mean, Sum]) {
    const stock = stockKernel(kernel);
    replaceKernel(kernel, ["x"], ({ x }, attributes: ReduceAttributes) => {
      const axes = tf.util.parseAxisParam(attributes.axis, x.shape).sort((a, b) => a - b);
      const [reduced, rows] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
      if (!poolable(x, axes)) return stock({ x }, attributes);
      const mean = meanOfRows(x, axes);
      const shape = attributes.keepDims
        ? tf.backend_util.expandShapeToKeepDim(reduced, axes)
        : reduced;
      const result = kernel === Mean ? mean : tf.mul(mean, tf.util.sizeFromShape(rows));
      return tf.reshape(result, shape);
    });
  }
}

function poolable(x: tf.Tensor, axes: number[]): boolean {
  const adjacent = axes.every((axis, i) => axis === axes[0] + i);
  const inner = tf.util.sizeFromShape(x.shape.slice(axes[0] + axes.length));
  return x.dtype === "float32" && adjacent && inner > 1 && x.size > 0;
}

/** In two steps, the first axis last: shorter sums, for XNNPACK adds in single precision. */
function meanOfRows(x: tf.Tensor, axes: number[]): tf.Tensor {
  const inner = tf.util.sizeFromShape(x.shape.slice(axes[0] + axes.length));
  const outer = tf.util.sizeFromShape(x.shape.slice(0, axes[0]));
  const [first, ...rest] = axes.map((axis) => x.shape[axis]);
  const rows = tf.util.sizeFromShape(rest);
  const means = poolRows(tf.reshape(x, [outer * first, 1, rows, inner]), rows);
  return poolRows(tf.reshape(means, [outer, 1, first, inner]), first);
}

function poolRows(rows: tf.Tensor4D, count: number): tf.Tensor4D {
  return count === 1 ? rows : tf.avgPool(rows, [1, count], 1, "valid");
}
