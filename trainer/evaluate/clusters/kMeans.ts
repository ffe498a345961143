import * as tf from "@tensorflow/tfjs-core";
import { type Random, seededRandom } from "../../random.ts";

const RESTARTS = 3;
const MAX_ITERATIONS = 100;
const BLOCK = 4096;

interface Clustering {
  /** The cluster of each item. */
  clusters: Int32Array;
  /** Sum of squared distances of the items to their centres. */
  inertia: number;
}

function squaredDistance(
  rows: Float32Array,
  i: number,
  centers: Float32Array,
  c: number,
  d: number,
) {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (rows[i * d + k]! - centers[c * d + k]!) ** 2;
  return sum;
}

/** k-means++ (Arthur and Vassilvitskii, 2007): the next centre by squared distance to the others. */
function chooseCenters(rows: Float32Array, d: number, k: number, random: Random): Float32Array {
  const n = rows.length / d;
  const centers = new Float32Array(k * d);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = Math.floor(random() * n);
  for (let center = 0; center < k; center++) {
    centers.set(rows.subarray(chosen * d, (chosen + 1) * d), center * d);
    let total = 0;
    for (let item = 0; item < n; item++) {
      nearest[item] = Math.min(nearest[item]!, squaredDistance(rows, item, centers, center, d));
      total += nearest[item]!;
    }
    let left = random() * total;
    chosen = nearest.findIndex((weight) => (left -= weight) < 0);
    // Nothing is left to draw where all items coincide with centres.
    if (chosen < 0) chosen = Math.floor(random() * n);
  }
  return centers;
}

/** The nearest centre of each row: argmax x . c - ||c||^2 / 2. */
function assign(rows: tf.Tensor2D, centers: Float32Array): Int32Array {
  const [n, d] = rows.shape;
  const clusters = new Int32Array(n);
  for (let start = 0; start < n; start += BLOCK) {
    const nearest = tf.tidy(() => {
      const c = tf.tensor2d(centers, [centers.length / d, d]);
      const block = tf.slice(rows, [start, 0], [Math.min(BLOCK, n - start), d]);
      const halves = tf.mul(tf.sum(tf.square(c), 1), 0.5);
      return tf.argMax(tf.sub(tf.matMul(block, c, false, true), halves), 1);
    });
    clusters.set(nearest.dataSync<"int32">(), start);
    nearest.dispose();
  }
  return clusters;
}

/** The mean of each cluster; an empty one stays where it was. */
function moveCenters(rows: Float32Array, clusters: Int32Array, centers: Float32Array, d: number) {
  const sums = new Float64Array(centers.length);
  const sizes = new Int32Array(centers.length / d);
  clusters.forEach((cluster, item) => {
    sizes[cluster]!++;
    for (let k = 0; k < d; k++) sums[cluster * d + k]! += rows[item * d + k]!;
  });
  return centers.map((value, at) => {
    const size = sizes[Math.floor(at / d)]!;
    return size === 0 ? value : sums[at]! / size;
  });
}

/** Lloyd's iterations until no item changes its cluster. */
function lloyd(rows: Float32Array, all: tf.Tensor2D, start: Float32Array): Clustering {
  const d = all.shape[1];
  let centers = start;
  let clusters = assign(all, centers);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    centers = moveCenters(rows, clusters, centers, d);
    const next = assign(all, centers);
    const settled = next.every((cluster, item) => cluster === clusters[item]);
    clusters = next;
    if (settled) break;
  }
  const inertia = clusters.reduce(
    (sum, cluster, item) => sum + squaredDistance(rows, item, centers, cluster, d),
    0,
  );
  return { clusters, inertia };
}

/**
 * k-means by k-means++ and Lloyd's iterations, the best of three starts.
 *
 * @param rows n * d values
 * @param k how many clusters, 1 to n; some may stay empty where items coincide
 * @returns the cluster of each item, 0 to k - 1
 */
export function kMeans(rows: Float32Array, d: number, k: number, seed: number): Int32Array {
  const all = tf.tensor2d(rows, [rows.length / d, d]);
  let best: Clustering = { clusters: new Int32Array(rows.length / d), inertia: Infinity };
  for (let restart = 0; restart < RESTARTS; restart++) {
    const random = seededRandom(seed, restart);
    const clustering = lloyd(rows, all, chooseCenters(rows, d, k, random));
    if (clustering.inertia < best.inertia) best = clustering;
  }
  all.dispose();
  return best.clusters;
}
