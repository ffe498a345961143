import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { PendingLosses } from "../../../trainer/training/pendingLosses.ts";

beforeAll(() => openBackend("wasm", () => undefined));

const keep = (losses: PendingLosses, step: number) =>
  tf.tidy(() => {
    losses.keep(step, {
      total: tf.scalar(step + 0.5),
      metric: tf.scalar(step + 0.25),
      embedding: tf.scalar(-step),
    });
  });

it("keeps the losses of steps until they are taken, in order, and then no tensor", async () => {
  const losses = new PendingLosses();
  const { numTensors } = tf.memory();
  expect(await losses.take()).toEqual([]);
  for (const step of [4, 5, 6]) keep(losses, step);
  expect(await losses.take()).toEqual(
    [4, 5, 6].map((step) => ({
      step,
      loss: step + 0.5,
      metric: step + 0.25,
      embedding: -step,
    })),
  );
  expect(await losses.take()).toEqual([]);
  expect(tf.memory().numTensors).toBe(numTensors);
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
