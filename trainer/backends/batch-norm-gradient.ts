/**
 * The gradient of FusedBatchNorm with respect to all its inputs. With a = scale r:
 *
 *     dx = dy a,                      doffset = sum dy,             dmean = -a doffset,
 *     dscale = r sum dy (x - mean),   dvariance = -r^2 scale dscale / 2
 *
 * tfjs tiles the statistics to the size of x and computes each sum again, which costs more than the convolutions
 * around it. This takes one product and two sums, on any backend.
 */
import { FusedBatchNorm } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all ops; tfjs-core registers none.
import "@tensorflow/tfjs-layers";

const stock = tf.getGradient(FusedBatchNorm);

/**
 * Shares a tensor between several gradients. tfjs computes each gradient in its own tidy, and only the returned
 * tensor outlives it. `scale` and `offset`, which come before the statistics, return their tensors.
 */
function shared(compute: () => tf.Tensor): () => tf.Tensor {
  let result: tf.Tensor | undefined;
  return () => (result = result?.isDisposed === false ? result : compute());
}

export function registerBatchNormGradient(): void {
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attributes) => {
      const x = saved[0]!;
      const mean = saved[1]!;
      const variance = saved[2]!;
      const scale = saved[3]!;
      if (Array.isArray(dy) || mean.rank !== 1) return stock.gradFunc(dy, saved, attributes);
      const r = tf.rsqrt(tf.add(variance, Number(attributes.varianceEpsilon)));
      const a = tf.mul(r, scale);
      const axes = [0, 1, 2];
      // Each gradient is computed only when needed: a frozen norm needs only dx.
      const doffset = shared(() => tf.sum(dy, axes));
      const dscale = shared(() => tf.mul(r, tf.sum(tf.mul(dy, tf.sub(x, mean)), axes)));
      return {
        x: () => tf.mul(dy, a),
        mean: () => tf.neg(tf.mul(a, doffset())),
        variance: () => tf.mul(tf.mul(tf.mul(r, a), dscale()), -0.5),
        scale: dscale,
        offset: doffset,
      };
    },
  });
}
