import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import type { Embedded } from "../../../trainer/evaluate/embedded.ts";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { NonFiniteError } from "../../../trainer/finite.ts";
import { measure } from "../../../trainer/evaluate/measure.ts";
import { clusterNmi } from "../../../trainer/evaluate/clusters/nmi.ts";
import { samplePairs } from "../../../trainer/evaluate/pairs/pairs.ts";
import { clusters, rankAll } from "../../oracles/clusters.ts";
import { normalizeRows, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;

const distance = (a: number[], b: number[]) => Math.hypot(...a.map((v, k) => v - b[k]));
/** Any symmetric similarity that ranks unlike distance. */
const similarity = (a: number[], b: number[]) =>
  a.reduce((sum, v, k) => sum + (k + 1) * v * b[k], 0);
const probability = (score: number) => 1 / (1 + Math.exp(-score));

const scorer: Scorer = {
  scorePairs: (embeddings, a, b) => {
    const rows = toRows(embeddings, D);
    return Float32Array.from(a, (item, pair) => similarity(rows[item], rows[b[pair]]));
  },
  scoreRows: (embeddings, count, visit) => {
    const rows = toRows(embeddings, D);
    for (let start = 0; start < count; start += 7) {
      const some = rows.slice(start, Math.min(start + 7, count));
      visit(start, Float32Array.from(some.flatMap((a) => rows.map((b) => similarity(a, b)))));
    }
  },
};

function items(classes: number, perClass: number) {
  const { rows, labels } = clusters(classes, perClass, D, 0.9, 4);
  const unit = normalizeRows(rows).map((row) => row.map(Math.fround));
  const embedded: Embedded = { embeddings: Float32Array.from(unit.flat()), d: D, labels };
  return { rows: unit, labels, embedded };
}

function naiveRecall(ranked: number[][], labels: number[], k: number): number {
  const hits = ranked.filter((row, query) =>
    row.slice(0, k).some((item) => labels[item] === labels[query]),
  );
  return hits.length / labels.length;
}

/** By the definition, for classes of equal size. */
function naiveMapAtR(ranked: number[][], labels: number[], r: number): number {
  const ofQuery = (query: number) => {
    const right = ranked[query].slice(0, r).map((item) => labels[item] === labels[query]);
    const precisions = right.map((is, i) =>
      is ? right.slice(0, i + 1).filter(Boolean).length / (i + 1) : 0,
    );
    return precisions.reduce((sum, p) => sum + p, 0) / r;
  };
  return labels.reduce((sum, _, query) => sum + ofQuery(query), 0) / labels.length;
}

/** Of all pairs of a same- and a different-class pair, the share in the right order. */
function naiveAuc(values: number[], same: boolean[]): number {
  const [positives, negatives] = [true, false].map((kind) =>
    values.filter((_, at) => same[at] === kind),
  );
  let right = 0;
  for (const p of positives) for (const n of negatives) right += p > n ? 1 : p === n ? 0.5 : 0;
  return right / (positives.length * negatives.length);
}

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

// More items than the 50 that S reorders; once an R of 5, once one beyond 50 and 32.
describe.each([
  { classes: 15, perClass: 6 },
  { classes: 3, perClass: 60 },
])("measures of $classes classes of $perClass", ({ classes, perClass }) => {
  const { rows, labels, embedded } = items(classes, perClass);
  const byD = rankAll(rows.length, (i, j) => -distance(rows[i], rows[j]));
  const byS = rankAll(rows.length, (i, j) => Math.fround(similarity(rows[i], rows[j])));
  let measures: ReturnType<typeof measure>;
  beforeAll(() => {
    measures = measure(scorer, embedded, probability, 7);
  });

  it("rank by D, by S, and D's 50 nearest by S", () => {
    const reranked = byD.map((row, i) =>
      row.slice(0, 50).sort((a, b) => similarity(rows[i], rows[b]) - similarity(rows[i], rows[a])),
    );
    for (const k of [1, 2, 4, 8, 16, 32]) {
      expect(measures.d.recall[k]).toBeCloseTo(naiveRecall(byD, labels, k), 12);
      expect(measures.s.recall[k]).toBeCloseTo(naiveRecall(byS, labels, k), 12);
      expect(measures.recallReranked[k]).toBeCloseTo(naiveRecall(reranked, labels, k), 12);
    }
    expect(measures.d.recall[1]).not.toBe(measures.s.recall[1]);
    expect(measures.d.mapAtR).toBeCloseTo(naiveMapAtR(byD, labels, perClass - 1), 12);
    expect(measures.s.mapAtR).toBeCloseTo(naiveMapAtR(byS, labels, perClass - 1), 12);
  });

  it("separate the sampled pairs", () => {
    const { a, b, same } = samplePairs(labels, 7);
    const pairs = Array.from(a, (item, at) => [rows[item], rows[b[at]]]);
    const scores = pairs.map(([x, y]) => Math.fround(similarity(x, y)));
    const distances = pairs.map(([x, y]) => distance(x, y));
    // The naive count would take long over more.
    if (pairs.length < 1000) {
      const away = distances.map((value) => -value);
      expect(measures.s.auc).toBeCloseTo(naiveAuc(scores, same), 6);
      expect(measures.d.auc).toBeCloseTo(naiveAuc(away, same), 6);
    }
    expect(measures.d.separation.low).toBeCloseTo(Math.min(...distances), 5);
    expect(measures.s.separation.low).toBeCloseTo(Math.min(...scores), 5);
    expect(measures.spread.distance).toBeCloseTo(mean(distances), 5);
    const center = mean(scores);
    expect(measures.spread.score).toBeCloseTo(
      Math.sqrt(mean(scores.map((score) => (score - center) ** 2))),
      5,
    );
    const confidence = ["same", "different"].map((kind) =>
      mean(scores.filter((_, at) => same[at] === (kind === "same")).map(probability)),
    );
    const { bins, error } = measures.reliability;
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(pairs.length);
    // Same and different weigh half each, and no bin's gap is less than that of the means.
    expect(error).toBeGreaterThanOrEqual(Math.abs(mean(confidence) - 0.5) - 1e-6);
  });

  it("take the probability as it is given", () => {
    const uncertain = measure(scorer, embedded, () => 0.5, 7).reliability;
    expect(uncertain.error).toBeCloseTo(0, 6);
    expect(measure(scorer, embedded, () => 0.75, 7).reliability.error).toBeCloseTo(0.25, 6);
  });

  it("cluster, and count", () => {
    expect(measures.nmi).toBe(clusterNmi(embedded.embeddings, D, labels, 7));
    expect(measures).toMatchObject({ images: labels.length, classes });
  });

  it("depend on nothing but their arguments", () => {
    expect(measure(scorer, embedded, probability, 7)).toEqual(measures);
  });
});

describe("measures of a network that diverged", () => {
  const { embedded } = items(4, 3);
  const spoil = (scores: Float32Array) => {
    scores[scores.length - 1] = NaN;
    return scores;
  };

  it.each([
    {
      title: "of pairs",
      spoilt: { scorePairs: (...args) => spoil(scorer.scorePairs(...args)) },
    },
    {
      title: "of rows",
      spoilt: {
        scoreRows: (embeddings, count, visit) => {
          scorer.scoreRows(embeddings, count, (start, scores) => visit(start, spoil(scores)));
        },
      },
    },
  ] satisfies { title: string; spoilt: Partial<Scorer> }[])(
    "are refused where a score $title is NaN",
    ({ spoilt }) => {
      const refused = () => measure({ ...scorer, ...spoilt }, embedded, probability, 1);
      expect(refused).toThrow(NonFiniteError);
      expect(refused).toThrow("the scores S hold NaN");
    },
  );
});

describe("measures of few items", () => {
  it("need no more neighbours than there are", () => {
    const { embedded } = items(2, 2);
    const { d, s, recallReranked } = measure(scorer, embedded, probability, 1);
    for (const recall of [d.recall, s.recall, recallReranked]) expect(recall[4]).toBe(1);
  });
});
