import * as tf from "@tensorflow/tfjs-core";
import { dims } from "../network/dims.ts";
import type { UnitShape } from "./form.ts";

/**
 * The Position-Dependent Deep Metric (Huang, Loy, Tang, NIPS 2016): a learned similarity of two
 * features that sees where in the space the pair lies. For features a, b of length d:
 *
 *     u  = |a - b|                    relative position, element-wise
 *     v  = (a + b) / 2                absolute position
 *     u' = ReLU(W_u u/||u|| + b_u)    v' = ReLU(W_v v/||v|| + b_v)
 *     c  = ReLU(W_c [u'/||u'|| ; v'/||v'||] + b_c)
 *     S  = W_s c + b_s                a scalar; larger = more similar; unbounded
 *
 * Two forms:
 * - "published": as above. u/||u|| discards how far apart the pair is, so S cannot rank by distance.
 * - "residual": the unit without its four normalisations, added to the squared distance,
 *   S = W_s c + b_s - w ||u||^2, with W_s = 0 at the start: S begins as Euclidean ranking, and the
 *   unit learns where to deviate from it.
 *
 * Both are symmetric in a and b by construction.
 */

/** Added to every squared norm before its root, because identical images have u = 0. */
export const NORM_EPSILON = 1e-6;

/** |x| with gradient 0 at 0, so that identical images have no gradient (tfjs-core gives -1). */
const absolute = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  (save as (tensors: tf.Tensor[]) => void)([input]);
  return {
    value: tf.abs(input),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.sign(saved[0]!)),
  };
});

const sumSquares = (x: tf.Tensor) => tf.sum(tf.square(x), -1, true);

const normalize = (x: tf.Tensor) => tf.div(x, tf.sqrt(tf.add(sumSquares(x), NORM_EPSILON)));

/** Computes x W for any leading dimensions of x. */
function project(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [inputs, units] = dims(kernel.shape, 2);
  const flat = tf.matMul(tf.reshape(x, [-1, inputs]), tf.reshape(kernel, [inputs, units]));
  return tf.reshape(flat, [...x.shape.slice(0, -1), units]);
}

export class Pddm {
  /** @param weights the tensors that `pddmWeights` lists, by name; not owned, not disposed */
  constructor(
    readonly form: UnitShape["form"],
    private readonly weights: ReadonlyMap<string, tf.Tensor>,
  ) {}

  private weight(name: string): tf.Tensor {
    const tensor = this.weights.get(`pddm/${name}`);
    if (!tensor) throw new Error(`weight "pddm/${name}" is not loaded`);
    return tensor;
  }

  /** Computes S for a and b of shapes [..., d] that broadcast against each other. */
  private score(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    const bounded = this.form === "published";
    const u = absolute(tf.sub(a, b));
    const squaredDistance = sumSquares(u);
    // W_v is applied per item, not per pair: W_v (a + b) / 2 = (W_v a + W_v b) / 2.
    const kernelV = this.weight("v/kernel");
    let projectedV = tf.mul(tf.add(project(a, kernelV), project(b, kernelV)), 0.5);
    let projectedU = project(u, this.weight("u/kernel"));
    if (bounded) {
      // Parallelogram law: ||a + b||^2 = 2 ||a||^2 + 2 ||b||^2 - ||a - b||^2.
      const items = tf.mul(tf.add(sumSquares(a), sumSquares(b)), 0.5);
      const squaredV = tf.relu(tf.sub(items, tf.mul(squaredDistance, 0.25)));
      projectedU = tf.div(projectedU, tf.sqrt(tf.add(squaredDistance, NORM_EPSILON)));
      projectedV = tf.div(projectedV, tf.sqrt(tf.add(squaredV, NORM_EPSILON)));
    }
    const branches = [
      tf.relu(tf.add(projectedU, this.weight("u/bias"))),
      tf.relu(tf.add(projectedV, this.weight("v/bias"))),
    ].map((branch) => (bounded ? normalize(branch) : branch));
    const c = tf.relu(
      tf.add(project(tf.concat(branches, -1), this.weight("c/kernel")), this.weight("c/bias")),
    );
    const unit = tf.add(project(c, this.weight("s/kernel")), this.weight("s/bias"));
    const s = bounded ? unit : tf.sub(unit, tf.mul(this.weight("distance"), squaredDistance));
    return tf.squeeze(s, [-1]);
  }

  /** S of each pair (a[i], b[i]). @param a [n, d] @param b [n, d] @returns [n] */
  pairs(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor1D {
    return tf.tidy(() => this.score(a, b) as tf.Tensor1D);
  }

  /** S of each row of a against each of b. @param a [m, d] @param b [n, d] @returns [m, n] */
  between(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.score(tf.expandDims(a, 1), tf.expandDims(b, 0)) as tf.Tensor2D);
  }

  /** S of all pairs. @param features [n, d] @returns [n, n], symmetric */
  all(features: tf.Tensor2D): tf.Tensor2D {
    return this.between(features, features);
  }
}
