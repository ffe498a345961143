import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { placesOf, scorePairs, scoreRows } from "../../../shared/model.ts";
import { type PddmShape, pddmWeights } from "../../../shared/pddm/form.ts";
import { openSimilarity } from "../../../shared/pddm/similarity.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { evaluationTable } from "../../../trainer/console/evaluationTable.ts";
import { toRow } from "../../../trainer/evaluate/evaluateFolder.ts";
import { withGalleryDensity } from "../../../trainer/evaluate/gallery.ts";
import { measure } from "../../../trainer/evaluate/measure.ts";
import { samplePairs } from "../../../trainer/evaluate/pairs/pairs.ts";
import {
  balancedWeights,
  measureReliability,
} from "../../../trainer/evaluate/pairs/reliability.ts";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { clusters, rankAll } from "../../oracles/clusters.ts";
import { naiveDensities } from "../../oracles/density.ts";
import { locate, naiveLocal, randomLocal } from "../../oracles/local.ts";
import { expectClose, normalizeRows } from "../../oracles/numbers.ts";
import { randomWeights } from "../../oracles/similarity.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const shape = {
  form: "local",
  references: 30,
  neighbours: 4,
  centroids: 6,
  temperature: 0.2,
  profile: 0.4,
} as const;
const weights = randomLocal(shape, D, 3);

function scorerOf(of: PddmShape, values: Record<string, ArrayLike<number>>): Scorer {
  const tensors = new Map(
    pddmWeights(of, D).map(({ name, shape: s }) => [name, tf.tensor(Array.from(values[name]), s)]),
  );
  const similarity = openSimilarity(of, tensors);
  return {
    scorePairs: (embeddings, a, b) => scorePairs(similarity, embeddings, D, a, b),
    scoreRows: (embeddings, count, visit) => {
      scoreRows(similarity, embeddings, D, count, visit);
    },
    places: (embeddings) => placesOf(similarity, embeddings, D),
  };
}

/** A gallery, and its S by the equations. */
function galleryOf(classes: number, perClass: number) {
  const { rows: raw, labels } = clusters(classes, perClass, D, 0.9, 4);
  const rows = normalizeRows(raw).map((row) => row.map(Math.fround));
  const places = rows.map((row) => locate(shape, weights, row));
  const byReferences = places.map(({ r }) => r);
  const r = naiveDensities(
    places.map(({ z }) => z),
    byReferences,
  );
  const expected = naiveLocal(shape, weights, rows).map((scores, i) =>
    scores.map((score, j) => score + byReferences[i] + byReferences[j] - r[i] - r[j]),
  );
  return {
    embedded: { embeddings: Float32Array.from(rows.flat()), d: D, labels },
    labels,
    expected,
  };
}

describe("S with densities of the gallery", () => {
  let scorer: Scorer;
  beforeEach(() => {
    scorer = scorerOf(shape, weights);
  });

  // As many others as count, and fewer, and rows in several parts.
  it.each([
    { classes: 1, perClass: 2 },
    { classes: 4, perClass: 4 },
    { classes: 5, perClass: 60 },
  ])("is that of the equations: $classes classes of $perClass", ({ classes, perClass }) => {
    const { embedded, labels, expected } = galleryOf(classes, perClass);
    const n = labels.length;
    const inGallery = withGalleryDensity(scorer, embedded);
    const scores: number[] = [];
    inGallery?.scoreRows(embedded.embeddings, n, (start, part) => {
      expect(scores).toHaveLength(start * n);
      scores.push(...part);
    });
    expectClose(scores, expected.flat());
    const [a, b] = [Int32Array.of(0, 1, n - 1), Int32Array.of(1, 1, 0)];
    expectClose(
      inGallery?.scorePairs(embedded.embeddings, a, b) ?? [],
      Array.from(a, (i, pair) => expected[i][b[pair]]),
    );
  });

  it("is measured beside S", () => {
    const { embedded, labels, expected } = galleryOf(12, 5);
    const probability = (score: number) => 1 / (1 + Math.exp(-2 * score));
    const { s, gallery } = measure(scorer, embedded, probability, 7);
    const ranked = rankAll(labels.length, (i, j) => expected[i][j]);
    const hits = ranked.filter(([nearest], query) => labels[nearest] === labels[query]);
    expect(gallery?.recall["1"]).toBeCloseTo(hits.length / labels.length, 12);
    const { a, b, same } = samplePairs(labels, 7);
    const scores = Float32Array.from(a, (i, pair) => expected[i][b[pair]]);
    expect(gallery?.reliability.error).toBeCloseTo(
      measureReliability(scores.map(probability), same, balancedWeights(same)).error,
      3,
    );
    expect(gallery?.separation.low).toBeCloseTo(Math.min(...scores), 4);
    expect(gallery?.mapAtR).not.toBe(s.mapAtR);
    expect(gallery?.auc).not.toBe(s.auc);
  });

  it("is a row of the table and figures for programs", () => {
    const { embedded } = galleryOf(12, 5);
    const measures = measure(scorer, embedded, () => 0.5, 7);
    const evaluation = { method: "lifted", seed: 7, measures, protocols: null, seconds: 1 };
    const { recall, mapAtR } = measures.gallery ?? expect.fail("no gallery");
    const table = evaluationTable(evaluation);
    const percent = (100 * recall["1"]).toFixed(1);
    expect(table).toMatch(new RegExp(`by S, density of the gallery +${percent} `));
    expect(table).toContain(`S with density of the gallery ${(100 * mapAtR).toFixed(1)} %`);
    expect(toRow(evaluation)).toMatchObject({ recall_gallery: recall, map_at_r_gallery: mapAtR });
  });

  it("does not exist for another form", () => {
    const of = { form: "residual", hidden: 3 } as const;
    const unit = scorerOf(of, randomWeights(of, D, 2));
    const { embedded } = galleryOf(3, 4);
    expect(withGalleryDensity(unit, embedded)).toBeNull();
    const measures = measure(unit, embedded, () => 0.5, 1);
    expect(measures.gallery).toBeNull();
    const evaluation = { method: "triplet", seed: 1, measures, protocols: null, seconds: 1 };
    expect(evaluationTable(evaluation)).not.toContain("gallery");
    expect(Object.keys(toRow(evaluation)).join()).not.toContain("gallery");
  });

  it("leaks nothing", () => {
    const { embedded } = galleryOf(3, 4);
    const { numTensors } = tf.memory();
    const inGallery = withGalleryDensity(scorer, embedded);
    inGallery?.scoreRows(embedded.embeddings, 2, () => undefined);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
