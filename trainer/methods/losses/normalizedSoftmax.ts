import * as tf from "@tensorflow/tfjs-core";
import { l2Normalize } from "../../../shared/normalize.ts";
import { expectProxies } from "./expectProxies.ts";

/**
 * Normalized softmax (Zhai and Wu 2019, "Classification is a Strong Baseline for Deep Metric
 * Learning"): the cross-entropy of an item's class, with label smoothing. The logits are the item's
 * cosines to the proxies of all C classes:
 *
 *     p_ic = softmax_c(f_i . w_c / temperature),   w_c = proxy_c / ||proxy_c||
 *     L    = mean over i of  -sum_c y_ic log p_ic,   y_ic = (1 - smoothing) [c = c_i] + smoothing / C
 *
 * @param features [n, d], rows of length 1
 * @param labels row of `proxies` for each item
 * @param proxies [C, d], rows of any length; they are normalized here
 * @returns scalar
 * @throws RangeError for a label without a proxy
 */
export function normalizedSoftmax(
  features: tf.Tensor2D,
  labels: readonly number[],
  proxies: tf.Tensor2D,
  { temperature, smoothing }: { temperature: number; smoothing: number },
): tf.Scalar {
  const [count] = proxies.shape;
  expectProxies(labels, count);
  return tf.tidy(() => {
    const cosines = tf.matMul(features, l2Normalize(proxies), false, true);
    const logits = tf.div<tf.Tensor2D>(cosines, temperature);
    const own = tf.oneHot(tf.tensor1d([...labels], "int32"), count);
    const truth = tf.add(tf.mul(tf.cast(own, "float32"), 1 - smoothing), smoothing / count);
    const entropies = tf.neg(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), 1));
    return tf.mean<tf.Scalar>(entropies);
  });
}
