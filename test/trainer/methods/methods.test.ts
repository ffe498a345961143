import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Pddm } from "../../../shared/pddm/unit.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { BatchScores } from "../../../trainer/methods/batchScores.ts";
import { METHOD_NAMES, METHODS } from "../../../trainer/methods/methods.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

// What the headers are is in objective.test.ts.
describe("the methods", () => {
  it("are those that have a name, each with a title of its own", () => {
    expect(Object.keys(METHODS)).toEqual([...METHOD_NAMES]);
    const titles = METHOD_NAMES.map((name) => METHODS[name].title);
    expect(new Set(titles).size).toBe(METHOD_NAMES.length);
  });

  it("have the published unit where they are to be as published", () => {
    const published = METHOD_NAMES.filter((name) => METHODS[name].form === "published");
    const ofThePaper = METHOD_NAMES.filter((name) => name.startsWith("pddm-"));
    expect(published).toEqual(ofThePaper.filter((name) => name !== "pddm-residual"));
  });

  it.each(METHOD_NAMES.filter((name) => METHODS[name].proxies))(
    "fail at once where the proxies are missing: %s",
    (name) => {
      tf.tidy(() => {
        const margins = { alpha: 0.5, beta: 1, lambda: 0.5 };
        const unit = new Pddm("residual", new Map());
        const batch = new BatchScores(unit, tf.eye(4), [0, 0, 1, 1], margins);
        expect(() => METHODS[name].headers(batch)).toThrow(/needs? proxies/);
      });
    },
  );
});
