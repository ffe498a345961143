import type { Dataset } from "../data/folder.ts";
import { areaUnderRoc } from "./auc.ts";
import { measureSpread, type Spread } from "./collapse.ts";
import { nearestByCosine, rerank } from "./neighbours.ts";
import { type LabelledPairs, samplePairs } from "./pairs.ts";
import { type Recall, recallAtK } from "./recall.ts";

/** What can be evaluated: a network in training or an exported package. */
export interface Embedder {
  /** @param pixels RGB bytes of n images @returns n * d values, unit vectors */
  embed(pixels: Uint8Array): Float32Array;
  /** S of pairs. @param a n * d values @param b n * d values @returns n values */
  scorePairs(a: Float32Array, b: Float32Array): Float32Array;
}

export interface Evaluation {
  /** Recall@K by Euclidean distance. */
  recallByD: Recall;
  /** Recall@K where S reorders the 50 nearest by Euclidean distance. */
  recallByS: Recall;
  aucByD: number;
  aucByS: number;
  spread: Spread;
}

const BATCH = 64;
const RERANKED = 50;

/** RGB bytes of some images of a data set, one after the other. */
export function gatherPixels({ pixels, width, height }: Dataset, items: readonly number[]) {
  const stride = width * height * 3;
  const gathered = new Uint8Array(items.length * stride);
  items.forEach((item, at) => {
    gathered.set(pixels.subarray(item * stride, (item + 1) * stride), at * stride);
  });
  return gathered;
}

/** Embeddings of some images of a data set. @returns n * d values */
export function embedItems(embedder: Embedder, data: Dataset, items: readonly number[]) {
  const parts: Float32Array[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    parts.push(embedder.embed(gatherPixels(data, items.slice(start, start + BATCH))));
  }
  const embeddings = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    embeddings.set(part, at);
    at += part.length;
  }
  return embeddings;
}

function gatherRows(rows: Float32Array, d: number, at: Int32Array): Float32Array {
  const gathered = new Float32Array(at.length * d);
  at.forEach((row, i) => {
    gathered.set(rows.subarray(row * d, (row + 1) * d), i * d);
  });
  return gathered;
}

/** S and D of pairs of embeddings. */
export function measurePairs(
  embedder: Embedder,
  embeddings: Float32Array,
  d: number,
  { a, b }: Pick<LabelledPairs, "a" | "b">,
): { scores: Float32Array; distances: Float32Array } {
  const scores = new Float32Array(a.length);
  const distances = new Float32Array(a.length);
  const block = 4096;
  for (let start = 0; start < a.length; start += block) {
    const left = gatherRows(embeddings, d, a.subarray(start, start + block));
    const right = gatherRows(embeddings, d, b.subarray(start, start + block));
    scores.set(embedder.scorePairs(left, right), start);
    for (let pair = 0; pair < left.length / d; pair++) {
      let sum = 0;
      for (let k = pair * d; k < (pair + 1) * d; k++) sum += (left[k] - right[k]) ** 2;
      distances[start + pair] = Math.sqrt(sum);
    }
  }
  return { scores, distances };
}

/** Ranks every item against all others by D and by S. @param items of at least 2 classes */
export function evaluate(
  embedder: Embedder,
  data: Dataset,
  items: readonly number[],
  seed: number,
): Evaluation {
  const labels = items.map((item) => data.labels[item]);
  const embeddings = embedItems(embedder, data, items);
  const d = embeddings.length / items.length;
  const byD = nearestByCosine(embeddings, d, RERANKED);
  const byS = rerank(byD, (item, others) => {
    const same = new Int32Array(others.length).fill(item);
    return measurePairs(embedder, embeddings, d, { a: same, b: others }).scores;
  });
  const pairs = samplePairs(labels, seed);
  const { scores, distances } = measurePairs(embedder, embeddings, d, pairs);
  return {
    recallByD: recallAtK(byD, labels),
    recallByS: recallAtK(byS, labels),
    aucByD: areaUnderRoc(
      distances.map((distance) => -distance),
      pairs.same,
    ),
    aucByS: areaUnderRoc(scores, pairs.same),
    spread: measureSpread(distances, scores),
  };
}

/** The baseline that needs no network: raw pixels by cosine. */
export function evaluatePixels(data: Dataset, items: readonly number[]): Recall {
  const rows = Float32Array.from(gatherPixels(data, items));
  const neighbours = nearestByCosine(rows, rows.length / items.length, RERANKED);
  return recallAtK(
    neighbours,
    items.map((item) => data.labels[item]),
  );
}
