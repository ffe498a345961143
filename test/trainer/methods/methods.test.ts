import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { l2Normalize } from "../../../shared/normalize.ts";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { BatchScores } from "../../../trainer/methods/batchScores.ts";
import type { Hyperparameters } from "../../../trainer/methods/method.ts";
import {
  DEFAULT_METHOD,
  defaultsOf,
  METHOD_NAMES,
  type MethodName,
  METHODS,
} from "../../../trainer/methods/methods.ts";
import { objective } from "../../../trainer/training/objective.ts";
import { numbers } from "../../oracles/numbers.ts";
import { randomUnit } from "../../oracles/pddm.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const LABELS = [0, 0, 1, 1, 2, 2, 1];
const D = 4;

/** A batch with everything that a method may read: a unit, proxies, a teacher. */
function batchOf(name: MethodName): BatchScores {
  const { form } = METHODS[name];
  const features = (seed: number) =>
    l2Normalize(tf.tensor2d(numbers(LABELS.length * D, seed), [LABELS.length, D]));
  const proxies = (seed: number) => tf.tensor2d(numbers(3 * D, seed), [3, D]);
  const weights = form === "local" ? {} : randomUnit(form, D, 3, 31);
  const shapes = form === "local" ? [] : pddmWeights({ form, hidden: 3 }, D);
  const tensors = shapes.map(
    ({ name, shape }) => [name, tf.tensor(Array.from(weights[name]), shape)] as const,
  );
  const unit = form === "local" ? null : new Pddm(form, new Map(tensors));
  const teacher = new BatchScores(null, features(2), LABELS, proxies(3));
  return new BatchScores(unit, features(1), LABELS, proxies(4), teacher);
}

// test/trainer/training/objective.test.ts compares the methods' losses with loops.
describe("the methods", () => {
  it("have unique titles", () => {
    const titles = METHOD_NAMES.map((name) => METHODS[name].title);
    expect(new Set(titles).size).toBe(METHOD_NAMES.length);
    expect(METHOD_NAMES).toContain(DEFAULT_METHOD);
  });

  it("use the published unit for all methods of the paper", () => {
    const published = METHOD_NAMES.filter((name) => METHODS[name].form === "published");
    const ofThePaper = METHOD_NAMES.filter((name) => name.startsWith("pddm-"));
    expect(published).toEqual(ofThePaper.filter((name) => name !== "pddm-residual"));
  });

  it.each(METHOD_NAMES.filter((name) => METHODS[name].proxies))(
    "fail at once if the proxies are missing: %s",
    (name) => {
      tf.tidy(() => {
        const unit = new Pddm("residual", new Map());
        const batch = new BatchScores(unit, tf.eye(4), [0, 0, 1, 1]);
        expect(() => METHODS[name].losses(batch, {})).toThrow("the batch has no proxies");
      });
    },
  );
});

describe("the hyperparameters", () => {
  it("have the defaults that the published results were measured with", () => {
    const margins = { alpha: 0.5, beta: 1, lambda: 0.5 };
    const measured = {
      contrastive: { margin: 1 },
      "triplet-hard": { margin: 0.2 },
      "triplet-semihard": { margin: 0.2 },
      lifted: { margin: 1 },
      quadruplet: { beta: 1 },
      "pddm-triplet": margins,
      "pddm-quadruplet": margins,
      "pddm-score-only": { alpha: 0.5 },
      "pddm-feature-only": { beta: 1 },
      "pddm-residual": margins,
      "multi-similarity": { pull: 2, push: 50, base: 0.5, margin: 0.1 },
      "proxy-anchor": { margin: 0.1, scale: 32 },
      "distilled-softmax": { temperature: 0.08, smoothing: 0.1, distillation: 0.1 },
    };
    const names = METHOD_NAMES.filter((name) => name in measured);
    expect(Object.fromEntries(names.map((name) => [name, defaultsOf(name)]))).toEqual(measured);
  });

  it.each(METHOD_NAMES)("have a description, and each changes the loss: %s", (name) => {
    tf.tidy(() => {
      const total = (changed: Hyperparameters) =>
        objective(METHODS[name], batchOf(name), changed).total.dataSync()[0];
      for (const [key, value] of Object.entries(defaultsOf(name))) {
        expect(METHODS[name].hyperparameters.shape[key].description).toMatch(/\w/);
        const changed = [0.01, 1.9].map((factor) => total({ [key]: factor * value }));
        expect(changed, key).not.toEqual([total({}), total({})]);
      }
    });
  });

  it.each(METHOD_NAMES)(
    "include alpha, the margin of E_m, exactly if there is an E_m: %s",
    (name) => {
      tf.tidy(() => {
        const { metric } = METHODS[name].losses(batchOf(name), {});
        expect("alpha" in defaultsOf(name)).toBe(metric !== undefined);
      });
    },
  );

  it("are refused if the name is unknown or the value out of range", () => {
    tf.tidy(() => {
      const { losses } = METHODS["proxy-anchor"];
      expect(() => losses(batchOf("proxy-anchor"), { alpha: 1 })).toThrow("alpha");
      expect(() => losses(batchOf("proxy-anchor"), { scale: 0 })).toThrow("scale");
    });
  });
});
