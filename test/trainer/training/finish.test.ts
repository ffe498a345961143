import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { decide } from "../../../trainer/evaluate/decide.ts";
import { finish } from "../../../trainer/training/finish.ts";
import { fitLocal } from "../../../trainer/training/fitLocal.ts";
import type { Learner } from "../../../trainer/training/learner.ts";
import type { MethodName } from "../../../trainer/methods/methods.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { data, inputs, items, learnerOf } from "./fitted.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const { labels } = data;
const TRAIN = items.filter((item) => labels[item] < 2);
const HELD_OUT = items.filter((item) => labels[item] >= 2);

const valuesOf = (learner: Learner) =>
  Array.from(learner.state, ([name, variable]) => [name, Array.from(variable.dataSync())]);

async function finished(method: MethodName, heldOut: number[]) {
  const learner = await learnerOf(method, 2, 8);
  const config = configSchema.parse({ data: "x", name: "x", size: 16, dimensions: 8, method });
  const body = await assemble(config, () => undefined);
  const split = { train: TRAIN, heldOut, test: [], singletons: [] };
  const { numTensors } = tf.memory();
  const decisions = finish(learner, config, { body, data, split, inputs });
  expect(tf.memory().numTensors).toBe(numTensors);
  return { learner, decisions };
}

/** What is decided of a learner whose S is fitted to some images. */
async function decidedOf(method: MethodName, fittedTo: number[] | null, heldOut: number[]) {
  const learner = await learnerOf(method, 2, 8);
  if (fittedTo) fitLocal(learner, learner.embed(inputs, fittedTo, labels));
  const embed = (some: readonly number[]) => learner.embed(inputs, some, labels);
  const decisions = decide(learner, { train: TRAIN, heldOut }, labels, embed, 1);
  return { learner, decisions };
}

describe("the end of training", () => {
  it("lets held-out classes decide as long as S does not know them, and then teach it", async () => {
    const { learner, decisions } = await finished("distilled-softmax", HELD_OUT);
    const { decisions: unseen } = await decidedOf("distilled-softmax", TRAIN, HELD_OUT);
    const { learner: known, decisions: seen } = await decidedOf(
      "distilled-softmax",
      items,
      HELD_OUT,
    );
    expect(decisions).toEqual(unseen);
    expect(decisions).not.toEqual(seen);
    expect(valuesOf(learner)).toEqual(valuesOf(known));
  });

  it("fits S to the training classes where none are held out", async () => {
    const { learner, decisions } = await finished("distilled-softmax", []);
    const { learner: fitted, decisions: expected } = await decidedOf(
      "distilled-softmax",
      TRAIN,
      [],
    );
    expect(decisions).toEqual(expected);
    expect(valuesOf(learner)).toEqual(valuesOf(fitted));
  });

  it("leaves an S that has learned by gradient as it is", async () => {
    const { learner, decisions } = await finished("pddm-residual", HELD_OUT);
    const { learner: same, decisions: expected } = await decidedOf("pddm-residual", null, HELD_OUT);
    expect(decisions).toEqual(expected);
    expect(valuesOf(learner)).toEqual(valuesOf(same));
  });
});
