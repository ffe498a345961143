import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { BatchScores } from "../../../trainer/methods/batchScores.ts";
import { naiveDistances } from "../../oracles/losses.ts";
import { expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";
import { naiveScores, randomUnit } from "../../oracles/pddm.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 4;
const H = 3;
const rows = normalizeRows(toRows(numbers(5 * D, 1), D));
const weights = randomUnit("residual", D, H, 2);

const unit = () =>
  new Pddm(
    "residual",
    new Map(
      pddmWeights({ form: "residual", hidden: H }, D).map(({ name, shape }) => [
        name,
        tf.tensor(Array.from(weights[name]), shape),
      ]),
    ),
  );
const scoresOf = (pddm: Pddm) => new BatchScores(pddm, tf.tensor2d(rows), [0, 0, 1, 1, 1]);

describe("the scores of a batch", () => {
  it("are S, D and the cosines of all pairs", () => {
    tf.tidy(() => {
      const batch = scoresOf(unit());
      const cosines = rows.map((a) => rows.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0)));
      expectClose(batch.s.dataSync(), naiveScores("residual", weights, rows).flat());
      expectClose(batch.distances.dataSync(), naiveDistances(rows).flat(), 1e-4);
      expectClose(batch.cosines.dataSync(), cosines.flat());
    });
  });

  it("are computed once, on first use", () => {
    tf.tidy(() => {
      const batch = scoresOf(unit());
      const { numTensors } = tf.memory();
      const [s, distances, cosines] = [batch.s, batch.distances, batch.cosines];
      expect(tf.memory().numTensors).toBe(numTensors + 3);
      expect([batch.s, batch.distances, batch.cosines]).toEqual([s, distances, cosines]);
      expect(tf.memory().numTensors).toBe(numTensors + 3);
    });
  });
});
