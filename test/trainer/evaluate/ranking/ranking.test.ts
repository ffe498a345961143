import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import type { Scorer } from "../../../../trainer/evaluate/scorer.ts";
import { chooseRanking } from "../../../../trainer/evaluate/ranking/ranking.ts";
import { clusters, cosine, rankAll } from "../../../oracles/clusters.ts";
import { each, normalizeRows, numbers } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 4;
const { rows: raw, labels } = clusters(12, 4, D, 0.9, 5);
const rows = normalizeRows(raw).map((row) => row.map(Math.fround));
const n = rows.length;
const embedded = { embeddings: Float32Array.from(rows.flat()), d: D, labels };

type Similarity = (i: number, j: number) => number;

const scorerOf = (similarity: Similarity): Scorer => ({
  scorePairs: () => expect.fail("not needed here"),
  scoreRows: (_, count, visit) => {
    for (let start = 0; start < count; start += 7) {
      const block = each(count).slice(start, start + 7);
      visit(start, Float32Array.from(block.flatMap((i) => each(n).map((j) => similarity(i, j)))));
    }
  },
});

const naiveRecallAt1 = (similarity: Similarity) =>
  rankAll(n, similarity).filter(([nearest], i) => labels[nearest] === labels[i]).length / n;

const byCosine: Similarity = (i, j) => Math.fround(cosine(rows[i], rows[j]));
const noise = numbers(n * n, 8);
/** Knows the class, and is wrong about some pairs. */
const knowing: Similarity = (i, j) => (labels[i] === labels[j] ? 0.5 : 0) + noise[i * n + j];
const ignorant: Similarity = (i, j) => noise[i * n + j];

describe("the choice of ranking", () => {
  const d = naiveRecallAt1(byCosine);

  it("falls on S where it finds more", () => {
    const s = naiveRecallAt1((i, j) => 3 * knowing(i, j) + byCosine(i, j));
    const choice = chooseRanking(
      scorerOf((i, j) => 3 * knowing(i, j) + byCosine(i, j)),
      embedded,
      1,
    );
    expect(choice).toEqual({ by: "s", recallAt1: { d, s }, queries: n });
    expect(s).toBeGreaterThan(d);
    expect(s).toBeLessThan(1);
  });

  it("falls on distance where S finds less", () => {
    const s = naiveRecallAt1(ignorant);
    expect(chooseRanking(scorerOf(ignorant), embedded, 1)).toEqual({
      by: "d",
      recallAt1: { d, s },
      queries: n,
    });
    expect(s).toBeLessThan(d);
  });

  it.each([
    { spoilt: 2, by: "s" },
    { spoilt: 3, by: "d" },
  ])("falls on $by where S misses $spoilt more, of which 2 may be chance", ({ spoilt, by }) => {
    const found = rankAll(n, byCosine).flatMap(([first], i) =>
      labels[first] === labels[i] ? [i] : [],
    );
    const queries = new Set(found.slice(0, spoilt));
    const s = (i: number, j: number) =>
      queries.has(i) && labels[i] !== labels[j] ? 2 : byCosine(i, j);
    const choice = chooseRanking(scorerOf(s), embedded, 1);
    expect(choice.by).toBe(by);
    expect(choice.recallAt1.d - choice.recallAt1.s).toBeCloseTo(spoilt / n, 12);
  });

  it("falls on S where both find the same", () => {
    const choice = chooseRanking(
      scorerOf((i, j) => 2 * byCosine(i, j)),
      embedded,
      1,
    );
    expect(choice).toEqual({ by: "s", recallAt1: { d, s: d }, queries: n });
  });
});
