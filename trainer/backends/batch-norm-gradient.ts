/**
 * The gradient of FusedBatchNorm with respect to all its inputs. With a = scale r:
 *
 *     dx = dy a,                      doffset = sum dy,             dmean = -a doffset,
 *     dscale = r sum dy (x - mean),   dvariance = -r^2 scale dscale / 2
 *
 * Upstream tiles the statistics to the size of x and computes each sum anew, which costs more than
 * the convolutions around it. Here there is one product and two sums, on whatever backend is active.
 */
import { FusedBatchNorm } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all ops, which tfjs-core alone does not.
import "@tensorflow/tfjs-layers";

const stock = tf.getGradient(FusedBatchNorm);

export function registerBatchNormGradient(): void {
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attributes) => {
      const [x, mean, variance, scale] = saved;
      if (Array.isArray(dy) || mean.rank !== 1) return stock.gradFunc(dy, saved, attributes);
      const r = tf.rsqrt(tf.add(variance, Number(attributes.varianceEpsilon)));
      const a = tf.mul(r, scale);
      const axes = [0, 1, 2];
      const doffset = tf.sum(dy, axes);
      const dscale = tf.mul(r, tf.sum(tf.mul(dy, tf.sub(x, mean)), axes));
      return {
        x: () => tf.mul(dy, a),
        mean: () => tf.neg(tf.mul(a, doffset)),
        variance: () => tf.mul(tf.mul(tf.mul(r, a), dscale), -0.5),
        scale: () => tf.clone(dscale),
        offset: () => tf.clone(doffset),
      };
    },
  });
}
