import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../../shared/normalize.ts";
import { logSumExpWhere } from "./logSumExpWhere.ts";

interface Options {
  /** How much more a hard item weighs than an easy one; the paper's alpha. */
  scale: number;
  /** Of cosines; the paper's delta. */
  margin: number;
}

/**
 * The Proxy-Anchor loss (Kim et al., Proxy Anchor Loss for Deep Metric Learning, 2020, equation 4),
 * s the cosine of an item x and a proxy p, the learned vector of a class:
 *
 *     1/|P+| sum over p in P+ of log(1 + sum over x of p's class of exp(-scale (s - margin)))
 *       + 1/|P| sum over p in P of log(1 + sum over all other x of exp(scale (s + margin)))
 *
 * P are all proxies and P+ those whose class is in the batch.
 *
 * @param features [n, d], rows of length 1
 * @param labels each a row of `proxies`
 * @param proxies [classes, d], of any length; they are scaled to length 1 here
 * @returns scalar
 * @throws RangeError for a label without a proxy
 */
export function proxyAnchor(
  features: tf.Tensor2D,
  labels: readonly number[],
  proxies: tf.Tensor2D,
  { scale, margin }: Options,
): tf.Scalar {
  const classes = proxies.shape[0];
  const stray = labels.find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (stray !== undefined) {
    throw new RangeError(`label ${stray} has no proxy: there are ${classes}`);
  }
  return tf.tidy(() => {
    const cosines = tf.matMul(l2Normalize(proxies), features, false, true);
    const own = tf.equal<tf.Tensor2D>(
      tf.expandDims(tf.range(0, classes, 1, "int32"), 1),
      tf.tensor2d([...labels], [1, labels.length], "int32"),
    );
    const pull = logSumExpWhere(tf.mul(tf.sub(cosines, margin), -scale), own);
    const push = logSumExpWhere(tf.mul(tf.add(cosines, margin), scale), tf.logicalNot(own));
    // A proxy without an item in the batch adds zero to the first sum.
    const inBatch = new Set(labels).size;
    return tf.add(tf.div(tf.sum(tf.softplus(pull)), inBatch), tf.mean(tf.softplus(push)));
  });
}
