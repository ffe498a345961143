import { beforeAll, expect, it, vi } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { evaluationTable } from "../../../trainer/console/evaluationTable.ts";
import { decide } from "../../../trainer/evaluate/decide.ts";
import { evaluate } from "../../../trainer/evaluate/evaluate.ts";
import { measure } from "../../../trainer/evaluate/measure.ts";
import { chooseQueries } from "../../../trainer/evaluate/ranking/queries.ts";
import type * as queries from "../../../trainer/evaluate/ranking/queries.ts";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { clusters, rankAll } from "../../oracles/clusters.ts";
import { each, normalizeRows, toRows } from "../../oracles/numbers.ts";

const N = 80;
const QUERIES = 20;
const D = 4;

// As with more than 63,245 images, but with fewer.
vi.mock("../../../trainer/evaluate/ranking/queries.ts", async (original) => {
  const actual = await original<typeof queries>();
  const few: typeof queries.chooseQueries = (embedded, seed) =>
    actual.chooseQueries(embedded, seed, N * QUERIES);
  return { ...actual, chooseQueries: few };
});

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const { rows, labels } = clusters(8, 10, D, 0.9, 4);
const flat = Float32Array.from(normalizeRows(rows).flat());
const embedded = { embeddings: flat, d: D, labels };

/** Any similarity that ranks unlike distance. */
const similarity = (a: number[], b: number[]) =>
  Math.fround(a.reduce((sum, v, k) => sum + (k + 1) * v * b[k], 0));
const scorer: Scorer = {
  scorePairs: (embeddings, a, b) => {
    const items = toRows(embeddings, D);
    return Float32Array.from(a, (i, at) => similarity(items[i], items[b[at]]));
  },
  scoreRows: (embeddings, count, visit) => {
    const items = toRows(embeddings, D);
    const scored = items.slice(0, count).flatMap((a) => items.map((b) => similarity(a, b)));
    visit(0, Float32Array.from(scored));
  },
};

const distance = (a: number[], b: number[]) => Math.hypot(...a.map((v, k) => v - b[k]));

/** Recall@1 of the drawn queries against all others. */
function naiveRecallAt1(closeness: (a: number[], b: number[]) => number): number {
  const drawn = chooseQueries(embedded, 7);
  const items = toRows(drawn.embeddings, D);
  const ranked = rankAll(N, (i, j) => closeness(items[i], items[j]));
  const hits = each(QUERIES).filter((i) => drawn.labels[ranked[i][0]] === drawn.labels[i]);
  return hits.length / QUERIES;
}
const byD = naiveRecallAt1((a, b) => -distance(a, b));
const byS = naiveRecallAt1(similarity);

it("of too many images some are queries, in an evaluation", () => {
  const evaluation = evaluate(scorer, embedded, 7);
  expect(evaluation).toMatchObject({ queries: QUERIES, recallByD: { "1": byD } });
});

it("of too many images some are queries, in measures, whose table says so", () => {
  const measures = measure(scorer, embedded, (score) => 1 / (1 + Math.exp(-score)), 7);
  expect(measures).toMatchObject({
    images: N,
    queries: QUERIES,
    d: { recall: { "1": byD } },
    s: { recall: { "1": byS } },
  });
  const method = "distilled-softmax";
  const table = evaluationTable({ method, seed: 7, measures, protocols: null, seconds: 1 });
  expect(table).toContain("20 of the 80 images, drawn at random, are queries");
  const all = { ...measures, queries: N };
  expect(
    evaluationTable({ method, seed: 7, measures: all, protocols: null, seconds: 1 }),
  ).not.toContain("drawn at random");
});

it("of too many images the densities of the gallery are not measured", () => {
  const local = { ...scorer, places: () => ({ z: flat, densities: new Float32Array(N) }) };
  expect(measure(local, embedded, () => 0.5, 7).gallery).toBeNull();
});

it("of too many images some are queries, in the choice of a ranking, which records how many", () => {
  const train = each(N);
  const { ranking } = decide(scorer, { train, heldOut: [] }, labels, () => embedded, 7);
  expect(ranking).toMatchObject({ queries: QUERIES, recallAt1: { d: byD, s: byS } });
});
