import * as tf from "@tensorflow/tfjs-core";
import { meanOfLargest } from "./density.ts";
import type { LocalShape } from "./form.ts";
import type { Places, Similarity } from "./similarity.ts";

/**
 * The local form of S: distance, corrected by where in the space the two items lie. It depends on
 * position, as the paper's unit does. Its knowledge of a place comes from features in the package, so it
 * also holds for classes that training has not seen.
 *
 *     z    = (f - mu) A / ||(f - mu) A||               A whitens the spread within a class
 *     r    = mean of the `neighbours` largest z . z_k  over the references z_k: how dense the place is
 *     p    = softmax(z . c / temperature)              over the centroids c of the training classes
 *     S_ij = 2 z_i . z_j - r_i - r_j + profile sum_c sqrt(p_ic p_jc)
 *
 * The terms before the last are the density-corrected similarity (CSLS: Conneau et al., 2018), with
 * references in place of a gallery. The last, Bhattacharyya's coefficient, is high if both items resemble
 * the same known classes. Together they are one inner product of the places of two items, minus their
 * densities: symmetric, and as cheap per pair as distance.
 */
export class LocalSimilarity implements Similarity {
  constructor(
    private readonly shape: LocalShape,
    private readonly weights: ReadonlyMap<string, tf.Tensor>,
  ) {}

  /** sqrt(2) z, sqrt(profile p) and densities. @returns [n, d + centroids + 1] */
  describe(features: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const z = this.whiten(features);
      return this.describePlaces(z, this.densities(z));
    });
  }

  /** As `describe`, of places whose densities are known. @param z [n, d] @param densities [n, 1] */
  describePlaces(z: tf.Tensor2D, densities: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const { temperature, profile } = this.shape;
      const toCentroids = tf.matMul(z, this.weight<tf.Tensor2D>("centroids/kernel"));
      const likeness = tf.softmax(tf.div<tf.Tensor2D>(toCentroids, temperature));
      const parts: tf.Tensor2D[] = [
        tf.mul(z, Math.SQRT2),
        tf.mul(tf.sqrt(likeness), Math.sqrt(profile)),
        densities,
      ];
      return tf.concat(parts, -1);
    });
  }

  /** Plain loops are faster than gathering the items of both sides for their products. */
  pairs(described: tf.Tensor2D, a: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D {
    const values = described.dataSync<"float32">();
    const [first, second] = [a.dataSync<"int32">(), b.dataSync<"int32">()];
    const [, width] = described.shape;
    const score = (i: number, j: number): number => {
      let sum = -values[(i + 1) * width - 1]! - values[(j + 1) * width - 1]!;
      for (let k = 0; k < width - 1; k++) sum += values[i * width + k]! * values[j * width + k]!;
      return sum;
    };
    return tf.tensor1d(Float32Array.from(first, (i, pair) => score(i, second[pair]!)));
  }

  rows(described: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
    return tf.tidy(() => {
      const last = described.shape[1] - 1;
      const own = tf.slice(described, [start, 0], [count, last]);
      // [place, -1] . [place, density], because cutting the densities off would copy all items.
      const query = tf.concat([own, tf.fill<tf.Rank.R2>([count, 1], -1)], 1);
      const density = tf.slice(described, [start, last], [count, 1]);
      return tf.sub<tf.Tensor2D>(tf.matMul(query, described, false, true), density);
    });
  }

  places(described: tf.Tensor2D): Places {
    return tf.tidy(() => {
      const [n, width] = described.shape;
      const d = width - 1 - this.shape.centroids;
      return {
        z: tf.div<tf.Tensor2D>(tf.slice(described, [0, 0], [n, d]), Math.SQRT2),
        densities: tf.reshape<tf.Rank.R1>(tf.slice(described, [0, width - 1], [n, 1]), [n]),
      };
    });
  }

  private weight<T extends tf.Tensor>(name: string): T {
    const tensor = this.weights.get(`pddm/${name}`);
    if (!tensor) throw new Error(`weight "pddm/${name}" is not loaded`);
    return tensor as T;
  }

  /** Computes z. @returns [n, d], rows of length 1 */
  private whiten(features: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const product = tf.matMul(features, this.weight<tf.Tensor2D>("whitening/kernel"));
      const moved = tf.add<tf.Tensor2D>(product, this.weight("whitening/bias"));
      const squared = tf.sum(tf.square(moved), -1, true);
      return tf.div<tf.Tensor2D>(moved, tf.sqrt(tf.add(squared, 1e-12)));
    });
  }

  /** Computes r by the references. @param z [n, d] @returns [n, 1] */
  private densities(z: tf.Tensor2D): tf.Tensor2D {
    const { references, neighbours } = this.shape;
    const [n] = z.shape;
    const cosines = tf.matMul(z, this.weight<tf.Tensor2D>("references/kernel"));
    const values = cosines.dataSync<"float32">();
    const densities = Float32Array.from({ length: n }, (_, item) =>
      meanOfLargest(values.subarray(item * references, (item + 1) * references), neighbours),
    );
    return tf.tensor2d(densities, [n, 1]);
  }
}
