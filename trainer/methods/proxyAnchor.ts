import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { l2Normalize } from "../../shared/normalize.ts";
import { expectProxies } from "./losses/expectProxies.ts";
import { logSumExpWhere } from "./losses/logSumExpWhere.ts";
import { defineMethod } from "./method.ts";

interface Options {
  /** Scale of the cosines (the paper's alpha): a larger one gives hard items more weight. */
  scale: number;
  /** Margin of the cosines (the paper's delta). */
  margin: number;
}

/**
 * The Proxy-Anchor loss (Kim et al., Proxy Anchor Loss for Deep Metric Learning, 2020, equation 4).
 * A proxy p is the learned vector of a class, s the cosine of an item x and a proxy p:
 *
 *     1/|P+| sum over p in P+ of log(1 + sum over x of p's class of exp(-scale (s - margin)))
 *       + 1/|P| sum over p in P of log(1 + sum over all other x of exp(scale (s + margin)))
 *
 * P is the set of all proxies, P+ the set of proxies whose class is in the batch.
 *
 * @param features [n, d], rows of length 1
 * @param labels row of `proxies` for each item
 * @param proxies [classes, d], rows of any length; they are normalized here
 * @returns scalar
 * @throws RangeError for a label without a proxy
 */
export function proxyAnchorLoss(
  features: tf.Tensor2D,
  labels: readonly number[],
  proxies: tf.Tensor2D,
  { scale, margin }: Options,
): tf.Scalar {
  const classes = proxies.shape[0];
  expectProxies(labels, classes);
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

export const proxyAnchor = defineMethod({
  title: "Proxy-Anchor",
  form: "local",
  proxies: true,
  // The defaults are the paper's.
  hyperparameters: {
    margin: z.number().min(0).default(0.1).describe("the paper's delta: margin of the cosines"),
    scale: z
      .number()
      .gt(0)
      .default(32)
      .describe("the paper's alpha: a larger one gives hard items more weight"),
  },
  losses: ({ features, labels, proxies }, hyperparameters) => ({
    embedding: proxyAnchorLoss(features, labels, proxies, hyperparameters),
  }),
});
