import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { describeCollapse, measureSpread } from "../../../trainer/evaluate/collapse.ts";
import { measurePairs, type Scorer } from "../../../trainer/evaluate/scorer.ts";
import { samplePairs } from "../../../trainer/evaluate/pairs/pairs.ts";
import { BatchScores } from "../../../trainer/methods/batchScores.ts";
import { METHODS } from "../../../trainer/methods/methods.ts";
import { objective } from "../../../trainer/training/objective.ts";
import { each, expectClose, normalizeRows, numbers, size, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const ALPHA = 0.5;

describe("the spread", () => {
  it("is the mean distance and the standard deviation of S", () => {
    const [distances, scores] = [numbers(50, 1), numbers(50, 2)];
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
    const center = mean(Array.from(scores));
    const { distance, score } = measureSpread(distances, scores);
    const deviation = Math.sqrt(mean(Array.from(scores, (s) => (s - center) ** 2)));
    expectClose([distance, score], [mean(Array.from(distances)), deviation], 1e-6);
  });
});

describe("the word on collapse", () => {
  it.each([
    { title: "healthy", spread: { distance: 1.3, score: 0.4 }, loss: 0.6 },
    { title: "far from trained, S wide", spread: { distance: 1.3, score: 0.4 }, loss: 1 },
    {
      title: "S narrow, E_m below its margin",
      spread: { distance: 1.3, score: 1e-3 },
      loss: 0.3,
    },
  ])("is none while a run is $title", ({ spread, loss }) => {
    expect(describeCollapse(spread, loss, ALPHA)).toBeNull();
  });

  it("tells features that are alike from an S that is constant", () => {
    const alike = describeCollapse({ distance: 1e-3, score: 0.5 }, 0.3, ALPHA);
    expect(alike).toMatch(/^COLLAPSED: all features are alike/);
    const constant = describeCollapse({ distance: 1.2, score: 1e-4 }, 1.0003, ALPHA);
    expect(constant).toMatch(/^COLLAPSED: S is nearly constant/);
    expect(constant).toContain("E_m, 1.00, stays at its margin");
    const triplet = describeCollapse({ distance: 1.2, score: 1e-2 }, 0.49, ALPHA);
    expect(triplet).toContain("E_m, 0.49, stays at its margin");
  });

  it("says nothing of S where the method has no E_m", () => {
    expect(describeCollapse({ distance: 1.2, score: 1e-4 }, 0, undefined)).toBeNull();
  });
});

/** What a training run would say of a batch with these features and this unit. */
function judge(rows: number[][], scale: Record<string, number>): string | null {
  const d = rows[0].length;
  const labels = each(rows.length).map((i) => i % 4);
  const weights = pddmWeights({ form: "published", hidden: 8 }, d).map(({ name, shape }, i) => {
    const values = numbers(size(shape), i + 1).map((v) => v * (scale[name] ?? 1));
    return [name, tf.tensor(values, shape)] as const;
  });
  const pddm = new Pddm("published", new Map<string, tf.Tensor>(weights));
  const features = tf.tensor2d(rows);
  const all = pddm.all(features).dataSync<"float32">();
  const scorer: Scorer = {
    scorePairs: (_, a, b) => Float32Array.from(a, (i, at) => all[i * rows.length + b[at]]),
    scoreRows: () => all,
  };
  const pairs = samplePairs(labels, 1);
  const embedded = { embeddings: Float32Array.from(rows.flat()), d };
  const { scores, distances } = measurePairs(scorer, embedded, pairs);
  const batch = new BatchScores(pddm, features, labels);
  const { metric } = objective(METHODS["pddm-quadruplet"], batch, { alpha: ALPHA });
  return describeCollapse(measureSpread(distances, scores), metric.dataSync()[0], ALPHA);
}

describe("a batch", () => {
  const spread = normalizeRows(toRows(numbers(16 * 6, 9), 6));

  it("of spread features under a unit that tells them apart is healthy", () => {
    expect(judge(spread, {})).toBeNull();
  });

  it("of equal features has collapsed", () => {
    const equal = each(16).map(() => spread[0]);
    expect(judge(equal, {})).toContain("all features are alike");
  });

  it("of spread features under a unit that gives one S for all has collapsed", () => {
    expect(judge(spread, { "pddm/s/kernel": 1e-5 })).toContain("S is nearly constant");
  });
});
