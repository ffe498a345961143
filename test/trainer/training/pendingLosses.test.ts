import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { PendingLosses } from "../../../trainer/training/pendingLosses.ts";

beforeAll(() => openBackend("wasm", () => undefined));

/** What a step keeps, some of it changed. */
interface Kept {
  total: number;
  metric: number;
  embedding: number;
  inputs: number;
  weights: number[];
}

function keep(losses: PendingLosses, step: number, changed: Partial<Kept> = {}): void {
  const kept = { total: step + 0.5, metric: step + 0.25, embedding: -step, inputs: 1, ...changed };
  tf.tidy(() => {
    losses.keep(step, {
      total: tf.scalar(kept.total),
      metric: tf.scalar(kept.metric),
      embedding: tf.scalar(kept.embedding),
      inputs: tf.scalar(kept.inputs),
    });
  });
  const weights = [tf.tensor1d(changed.weights ?? [1, 2]), tf.ones([3, 2])];
  losses.keepWeights(weights);
  tf.dispose(weights);
}

const expected = (step: number) => ({
  step,
  loss: step + 0.5,
  metric: step + 0.25,
  embedding: -step,
});

it("keeps the losses of steps until they are taken, in order, and then no tensor", async () => {
  const losses = new PendingLosses();
  const { numTensors } = tf.memory();
  expect(await losses.take()).toEqual({ losses: [], divergence: null });
  for (const step of [4, 5, 6]) keep(losses, step);
  expect(await losses.take()).toEqual({ losses: [4, 5, 6].map(expected), divergence: null });
  expect(await losses.take()).toEqual({ losses: [], divergence: null });
  expect(tf.memory().numTensors).toBe(numTensors);
});

describe("steps that diverged", () => {
  it.each([
    ["features or scores", { inputs: NaN, total: NaN }],
    ["losses", { total: Infinity }],
    ["losses", { metric: NaN }],
    ["losses", { embedding: -Infinity }],
    ["weights", { weights: [1, NaN] }],
    ["weights", { weights: [Infinity, -Infinity] }],
  ] satisfies [string, Partial<Kept>][])(
    "are told by the first of them, and losses end before it: %s, %o",
    async (what, changed) => {
      const losses = new PendingLosses();
      const { numTensors } = tf.memory();
      keep(losses, 7);
      keep(losses, 8, changed);
      keep(losses, 9, { inputs: NaN, total: NaN });
      expect(await losses.take()).toEqual({
        losses: [expected(7)],
        divergence: { step: 8, what: `the ${what}` },
      });
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );
});

it("are due after ten steps, however fast these are", async () => {
  const losses = new PendingLosses();
  for (let step = 1; step <= 10; step++) {
    expect(losses.areDue).toBe(false);
    keep(losses, step);
  }
  expect(losses.areDue).toBe(true);
  await losses.take();
  expect(losses.areDue).toBe(false);
});
