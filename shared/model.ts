import * as tf from "@tensorflow/tfjs-core";
import { type Embedder, FloatEmbedder, toTensor } from "./embedder.ts";
import { takeValues } from "./normalize.ts";
import type { Manifest } from "./package/manifest.ts";
import type { PackageReader, Weight } from "./package/weight.ts";
import { pddmWeights } from "./pddm/form.ts";
import { LocalSimilarity } from "./pddm/local.ts";
import { openSimilarity, type Similarity } from "./pddm/similarity.ts";
import { probabilityOf } from "./probability.ts";

/** Opens what computes embeddings and S. */
export interface Engine {
  openEmbedder(content: PackageReader): Promise<Embedder>;
  openSimilarity: typeof openSimilarity;
}

/** Computes everything in float32 with tfjs. */
export const TFJS: Engine = {
  openEmbedder: (content) => FloatEmbedder.open(content),
  openSimilarity,
};

/** Limits of a batch of scores, in rows and in values. */
const ROWS_AT_ONCE = 256;
const SCORES_AT_ONCE = 4_000_000;

/** S, and the tensors that it reads. */
interface Opened {
  similarity: Similarity;
  weights: Map<string, tf.Tensor>;
}

/** A package that is ready to embed and to compare. Comparing uses the current tfjs backend. */
export class Model {
  private opened: Opened | undefined;

  private constructor(
    readonly manifest: Manifest,
    private readonly embedder: Embedder,
    /** Weights of S, which opens at the first comparison, so that embedding need not wait for it. */
    private readonly stored: ReadonlyMap<string, Weight>,
    private readonly engine: Engine,
  ) {}

  /** @throws Error if a weight is missing, or the engine cannot run the package */
  static async open(content: PackageReader, engine = TFJS): Promise<Model> {
    const { manifest } = content;
    const embedder = await engine.openEmbedder(content);
    const stored = new Map<string, Weight>();
    try {
      for (const { name } of pddmWeights(manifest.pddm, manifest.embedding.dimensions)) {
        stored.set(name, await content.weight(name));
      }
    } catch (error) {
      embedder.dispose();
      throw error;
    }
    return new Model(manifest, embedder, stored, engine);
  }

  private get similarity(): Similarity {
    this.opened ??= this.openSimilarity();
    return this.opened.similarity;
  }

  private openSimilarity(): Opened {
    const weights = new Map(
      Array.from(this.stored, ([name, weight]) => [name, toTensor(weight)] as const),
    );
    const similarity = this.engine.openSimilarity(this.manifest.pddm, weights);
    return { similarity, weights };
  }

  /** The arithmetic of the network. */
  get arithmetic(): Embedder["arithmetic"] {
    return this.embedder.arithmetic;
  }

  /** See `Embedder.ownBytes`. */
  get ownBytes(): number {
    return this.embedder.ownBytes;
  }

  /**
   * `Embedder.bytes` and the weights of S. These count twice, as stored and as tensors, although the tensors
   * exist only from the first comparison on: a bound on memory must hold from the start.
   */
  get bytes(): number {
    const stored = [...this.stored.values()].reduce(
      (sum, { values }) => sum + values.byteLength,
      0,
    );
    return this.embedder.bytes + 2 * stored;
  }

  /** See `Embedder.embed`. */
  embed(pixels: Uint8Array): Float32Array {
    return this.embedder.embed(pixels);
  }

  /**
   * Computes S of pairs of embeddings.
   *
   * @param embeddings n * d values
   * @param a positions of the first items
   * @param b positions of the second items
   */
  scorePairs(embeddings: Float32Array, a: Int32Array, b: Int32Array): Float32Array {
    return scorePairs(this.similarity, embeddings, this.manifest.embedding.dimensions, a, b);
  }

  /** See `scoreRows` below. */
  scoreRows(
    embeddings: Float32Array,
    count: number,
    visit: (start: number, scores: Float32Array) => void,
  ): void {
    const { dimensions } = this.manifest.embedding;
    scoreRows(this.similarity, embeddings, dimensions, count, visit);
  }

  /** See `placesOf` below. */
  places(embeddings: Float32Array): PlaceValues | null {
    return placesOf(this.similarity, embeddings, this.manifest.embedding.dimensions);
  }

  /** Whether S is of the local form, which has places. */
  get isLocal(): boolean {
    return this.manifest.pddm.form === "local";
  }

  /**
   * Computes S of the first place with each of the others, from densities that need not be those by the
   * references.
   *
   * @param places n * d values @param densities n values @returns n - 1 values
   * @throws Error if S is not of the local form
   */
  scorePlaces(places: Float32Array, densities: Float32Array): Float32Array {
    const { similarity } = this;
    if (!(similarity instanceof LocalSimilarity)) throw new Error("S of this form has no places");
    const n = densities.length;
    const scores = tf.tidy(() => {
      const z = tf.tensor2d(places, [n, places.length / n]);
      return similarity.rows(similarity.describePlaces(z, tf.tensor2d(densities, [n, 1])), 0, 1);
    });
    return takeValues(scores).slice(1);
  }

  /** The calibrated probability that a pair with this score is of one class. */
  probability(score: number): number {
    return probabilityOf(this.manifest.calibration, score);
  }

  dispose(): void {
    this.embedder.dispose();
    if (!this.opened) return;
    this.opened.similarity.dispose?.();
    tf.dispose([...this.opened.weights.values()]);
  }
}

/** Computes S of pairs of embeddings, given by position. @param embeddings n * d values */
export function scorePairs(
  similarity: Similarity,
  embeddings: Float32Array,
  d: number,
  a: Int32Array,
  b: Int32Array,
): Float32Array {
  if (a.length === 0) return new Float32Array();
  const described = describe(similarity, embeddings, d);
  const scores = tf.tidy(() =>
    similarity.pairs(described, tf.tensor1d(a, "int32"), tf.tensor1d(b, "int32")),
  );
  described.dispose();
  return takeValues(scores);
}

/**
 * Computes S of the first embeddings against all, in parts, so that memory stays small.
 *
 * @param embeddings n * d values
 * @param count how many embeddings are scored against all
 * @param visit receives rows of n scores, and the position of the first row
 */
export function scoreRows(
  similarity: Similarity,
  embeddings: Float32Array,
  d: number,
  count: number,
  visit: (start: number, scores: Float32Array) => void,
): void {
  const affordable = Math.floor((SCORES_AT_ONCE * d) / embeddings.length);
  const atOnce = Math.min(ROWS_AT_ONCE, Math.max(1, affordable));
  const described = describe(similarity, embeddings, d);
  for (let start = 0; start < count; start += atOnce) {
    visit(start, takeValues(similarity.rows(described, start, Math.min(atOnce, count - start))));
  }
  described.dispose();
}

/** Where items lie by the local form of S. */
export interface PlaceValues {
  /** n * d values, rows of length 1. */
  z: Float32Array;
  /** r of each by the references of the package. */
  densities: Float32Array;
}

/**
 * Places of embeddings by the local form of S.
 *
 * @param embeddings n * d values
 * @returns null for the other forms
 */
export function placesOf(
  similarity: Similarity,
  embeddings: Float32Array,
  d: number,
): PlaceValues | null {
  if (!similarity.places) return null;
  if (embeddings.length === 0) return { z: new Float32Array(), densities: new Float32Array() };
  const described = describe(similarity, embeddings, d);
  const { z, densities } = similarity.places(described);
  described.dispose();
  return { z: takeValues(z), densities: takeValues(densities) };
}

/** Describes embeddings in parts, because intermediate values of S may be longer than what it keeps. */
const DESCRIBED_AT_ONCE = 4096;

function describe(similarity: Similarity, embeddings: Float32Array, d: number): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  for (let start = 0; start < embeddings.length; start += DESCRIBED_AT_ONCE * d) {
    const part = embeddings.subarray(start, start + DESCRIBED_AT_ONCE * d);
    parts.push(tf.tidy(() => similarity.describe(tf.tensor2d(part, [part.length / d, d]))));
  }
  const described = tf.concat(parts);
  tf.dispose(parts);
  return described;
}
