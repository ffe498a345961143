import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import {
  embedItems,
  type Embedder,
  evaluate,
  evaluatePixels,
  gatherPixels,
  measurePairs,
} from "../../../trainer/evaluate/evaluate.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const STRIDE = 4 * 4 * 3;
const data = dataset(each(30).map(() => 3));
const projection = numbers(STRIDE * D, 2);

/** Any map from pixels to unit vectors, one image at a time, and any similarity of two vectors. */
const embedOne = (pixels: number[]) =>
  normalizeRows([
    each(D).map((k) => pixels.reduce((sum, v, i) => sum + (v - 127) * projection[i * D + k], 0)),
  ])[0];
const similarity = (a: number[], b: number[]) =>
  a.reduce((sum, v, i) => sum + (i + 1) * v * b[i], 0);

const calls: number[] = [];
const embedder: Embedder = {
  embed: (pixels) => {
    calls.push(pixels.length / STRIDE);
    return Float32Array.from(toRows(pixels, STRIDE).flatMap(embedOne));
  },
  scorePairs: (a, b) => {
    const right = toRows(b, D);
    return Float32Array.from(toRows(a, D), (row, i) => similarity(row, right[i]));
  },
};

const pixelsOf = (item: number) =>
  Array.from(data.pixels.subarray(item * STRIDE, (item + 1) * STRIDE));

describe("evaluation", () => {
  // Neither all items nor in order: positions are not items.
  const items = each(80).map((i) => 89 - i);
  const rows = items.map((item) => embedOne(pixelsOf(item)));
  const labels = items.map((item) => data.labels[item]);

  /** Recall@K after ranking all others by one score, then the best 50 by another. */
  function naiveRecall(k: number, rerank: (a: number[], b: number[]) => number): number {
    const byDistance = (a: number[], b: number[]) => -Math.hypot(...a.map((v, i) => v - b[i]));
    const hits = rows.filter((query, self) => {
      const ranked = each(rows.length)
        .filter((other) => other !== self)
        .sort((a, b) => byDistance(query, rows[b]) - byDistance(query, rows[a]))
        .slice(0, 50)
        .sort((a, b) => rerank(query, rows[b]) - rerank(query, rows[a]));
      return ranked.slice(0, k).some((other) => labels[other] === labels[self]);
    });
    return hits.length / rows.length;
  }

  it("ranks every item against all others, by D and by S", () => {
    const evaluation = evaluate(embedder, data, items, 1);
    const { recallByD, recallByS, aucByD, aucByS, spread } = evaluation;
    for (const k of [1, 2, 4, 8]) {
      const closeness = (a: number[], b: number[]) => -Math.hypot(...a.map((v, i) => v - b[i]));
      expect(recallByD[k]).toBe(naiveRecall(k, closeness));
      expect(recallByS[k]).toBe(naiveRecall(k, similarity));
    }
    for (const area of [aucByD, aucByS]) {
      expect(area).toBeGreaterThan(0.5);
      expect(area).toBeLessThan(1);
    }
    expect(spread.distance).toBeGreaterThan(0);
    expect(spread.distance).toBeLessThan(2);
    expect(spread.score).toBeGreaterThan(0);
    expect(evaluate(embedder, data, items, 1)).toEqual(evaluation);
  });

  it("embeds in batches of 64 at most, in order", () => {
    calls.length = 0;
    const embeddings = embedItems(embedder, data, items);
    expect(calls).toEqual([64, 16]);
    expectClose(embeddings, rows.flat(), 1e-6);
  });

  it("gathers the pixels of the items asked for", () => {
    expect(Array.from(gatherPixels(data, [5, 0, 5]))).toEqual([5, 0, 5].flatMap(pixelsOf));
  });

  it("measures S and D of pairs, beyond one block of them", () => {
    const pairs = 5000;
    const a = Int32Array.from({ length: pairs }, (_, i) => i % 80);
    const b = Int32Array.from({ length: pairs }, (_, i) => (i * 7 + 3) % 80);
    const flat = Float32Array.from(rows.flat());
    const { scores, distances } = measurePairs(embedder, flat, D, { a, b });
    expectClose(
      scores,
      Array.from(a, (i, at) => similarity(rows[i], rows[b[at]])),
      1e-5,
    );
    expectClose(
      distances,
      Array.from(a, (i, at) => Math.hypot(...rows[i].map((v, k) => v - rows[b[at]][k]))),
      1e-5,
    );
  });

  it("has raw pixels for a baseline, perfect where the images of a class are one", () => {
    const flat = { ...data, pixels: data.pixels.slice() };
    each(90).forEach((item) => {
      flat.pixels.set(pixelsOf(item - (item % 3)), item * STRIDE);
    });
    expect(evaluatePixels(flat, each(90))).toEqual({ "1": 1, "2": 1, "4": 1, "8": 1 });
  });

  it("works for two items", () => {
    const none = { "1": 0, "2": 0, "4": 0, "8": 0 };
    expect(evaluate(embedder, data, [0, 3], 1)).toMatchObject({
      recallByD: none,
      recallByS: none,
      aucByD: 0.5,
      aucByS: 0.5,
    });
  });
});
