import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { measurePairs, type Scorer } from "../../../trainer/evaluate/scorer.ts";
import { evaluate } from "../../../trainer/evaluate/evaluate.ts";
import { RECALL_AT } from "../../../trainer/evaluate/ranking/recall.ts";
import { clusters } from "../../oracles/clusters.ts";
import { each, expectClose, normalizeRows, numbers } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const { rows: raw, labels } = clusters(27, 3, D, 0.6, 4);
const rows = normalizeRows(raw).map((row) => row.map(Math.fround));
const embedded = { embeddings: Float32Array.from(rows.flat()), d: D, labels };

/** Any similarity of two vectors. */
const weights = numbers(D, 3);
const similarity = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  weights.reduce((sum, weight, k) => sum + (1 + weight) * a[k] * b[k], 0);

const scorer: Scorer = {
  scorePairs: (embeddings, a, b) => {
    const row = (i: number) => embeddings.subarray(i * D, (i + 1) * D);
    return Float32Array.from(a, (i, at) => similarity(row(i), row(b[at])));
  },
  scoreRows: () => expect.fail("not needed here"),
};

describe("evaluation", () => {
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
    const evaluation = evaluate(scorer, embedded, 1);
    const { recallByD, recallByS, aucByD, aucByS, spread } = evaluation;
    for (const k of RECALL_AT) {
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
    expect(evaluate(scorer, embedded, 1)).toEqual(evaluation);
  });

  it("measures S and D of pairs", () => {
    const pairs = 20_000;
    const a = Int32Array.from({ length: pairs }, (_, i) => i % 81);
    const b = Int32Array.from({ length: pairs }, (_, i) => (i * 7 + 3) % 81);
    const { scores, distances } = measurePairs(scorer, embedded, { a, b });
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

  it("works for two items", () => {
    const two = { ...embedded, embeddings: embedded.embeddings.slice(0, 2 * D), labels: [0, 1] };
    const none = Object.fromEntries(RECALL_AT.map((k) => [k, 0]));
    expect(evaluate(scorer, two, 1)).toMatchObject({
      recallByD: none,
      recallByS: none,
      aucByD: 0.5,
      aucByS: 0.5,
    });
  });
});
