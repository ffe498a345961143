import * as tf from "@tensorflow/tfjs-core";
import { runNetwork } from "./network/run.ts";
import type { Package } from "./package/codec.ts";
import type { Manifest } from "./package/manifest.ts";
import { probabilityOf } from "./probability.ts";
import { openSimilarity, type Similarity } from "./pddm/similarity.ts";

/** (x / 255 - mean) / std per channel. @param pixels [n, h, w, 3], values 0..255 */
export function normalizePixels(
  pixels: tf.Tensor4D,
  { mean, std }: Pick<Manifest["input"], "mean" | "std">,
): tf.Tensor4D {
  return tf.tidy(() => {
    const scale = std.map((value) => 1 / (255 * value));
    const shift = mean.map((value, channel) => -value / std[channel]);
    return tf.add(tf.mul(pixels, scale), shift);
  });
}

/** Rows scaled to length 1. @param features [n, d] */
export function l2Normalize(features: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const squared = tf.sum(tf.square(features), -1, true);
    return tf.div(features, tf.sqrt(tf.add(squared, 1e-12)));
  });
}

/**
 * So many pixels go through the network together: 10 images of 96 px take half the time each that
 * they take alone, 2 of 224 px the same time and more of a heap that never shrinks.
 */
const PIXELS_AT_ONCE = 100_000;

/** So many pairs are scored together: more take more memory and are no faster. */
const PAIRS_AT_ONCE = 16_384;

/** A package on the current tfjs backend, ready to embed and to compare. */
export class Model {
  readonly manifest: Manifest;
  private readonly weights: Map<string, tf.Tensor>;
  private readonly similarity: Similarity;

  /** @param open how S is computed: by tfjs, or by what is faster where the model runs */
  constructor({ manifest, tensors }: Package, open = openSimilarity) {
    this.manifest = manifest;
    this.weights = new Map(
      Array.from(tensors, ([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
    );
    this.similarity = open(manifest.pddm, this.weights);
  }

  /**
   * Unit vectors of images.
   *
   * @param pixels RGB bytes of n images of the input size, one after the other (image.ts)
   * @returns n * d values, row by row
   */
  embed(pixels: Uint8Array): Float32Array {
    const { width, height } = this.manifest.input;
    const image = width * height * 3;
    const step = image * Math.max(1, Math.floor(PIXELS_AT_ONCE / (width * height)));
    const { dimensions } = this.manifest.embedding;
    const embeddings = new Float32Array((pixels.length / image) * dimensions);
    for (let start = 0; start < pixels.length; start += step) {
      const part = this.embedAtOnce(pixels.subarray(start, start + step));
      embeddings.set(part, (start / image) * dimensions);
    }
    return embeddings;
  }

  /**
   * S of pairs of embeddings.
   *
   * @param embeddings n * d values
   * @param a positions of the first items
   * @param b positions of the second items
   */
  scorePairs(embeddings: Float32Array, a: Int32Array, b: Int32Array): Float32Array {
    return scorePairs(this.similarity, embeddings, this.manifest.embedding.dimensions, a, b);
  }

  /** S of every embedding against all, as `scoreRows` below. */
  scoreRows(
    embeddings: Float32Array,
    atOnce: number,
    visit: (start: number, scores: Float32Array) => void,
  ): void {
    const { dimensions } = this.manifest.embedding;
    scoreRows(this.similarity, embeddings, dimensions, atOnce, visit);
  }

  /** The calibrated probability that a pair with this score is of one class. */
  probability(score: number): number {
    return probabilityOf(this.manifest.calibration, score);
  }

  dispose(): void {
    this.similarity.dispose?.();
    tf.dispose([...this.weights.values()]);
  }

  private embedAtOnce(pixels: Uint8Array): Float32Array {
    const { width, height, mean, std } = this.manifest.input;
    const n = pixels.length / (width * height * 3);
    const features = tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
      const normalized = normalizePixels(images, { mean, std });
      return l2Normalize(runNetwork(this.manifest.network, this.weights, normalized));
    });
    return read(features);
  }
}

/** The tensor's values; the tensor is disposed. */
export function read(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync<"float32">();
  tensor.dispose();
  return values;
}

/** S of pairs of embeddings, by position. @param embeddings n * d values */
export function scorePairs(
  similarity: Similarity,
  embeddings: Float32Array,
  d: number,
  a: Int32Array,
  b: Int32Array,
): Float32Array {
  const described = describe(similarity, embeddings, d);
  const scores = new Float32Array(a.length);
  for (let start = 0; start < a.length; start += PAIRS_AT_ONCE) {
    const [first, second] = [a, b].map((at) => at.subarray(start, start + PAIRS_AT_ONCE));
    const part = tf.tidy(() =>
      similarity.pairs(described, tf.tensor1d(first, "int32"), tf.tensor1d(second, "int32")),
    );
    scores.set(read(part), start);
  }
  described.dispose();
  return scores;
}

/**
 * S of every embedding against all, so that memory stays small for any number of them.
 *
 * @param embeddings n * d values
 * @param atOnce how many rows to score together
 * @param visit takes rows of n scores, and the position of the first
 */
export function scoreRows(
  similarity: Similarity,
  embeddings: Float32Array,
  d: number,
  atOnce: number,
  visit: (start: number, scores: Float32Array) => void,
): void {
  const n = embeddings.length / d;
  const described = describe(similarity, embeddings, d);
  for (let start = 0; start < n; start += atOnce) {
    visit(start, read(similarity.rows(described, start, Math.min(atOnce, n - start))));
  }
  described.dispose();
}

const describe = (similarity: Similarity, embeddings: Float32Array, d: number) =>
  tf.tidy(() => similarity.describe(tf.tensor2d(embeddings, [embeddings.length / d, d])));
