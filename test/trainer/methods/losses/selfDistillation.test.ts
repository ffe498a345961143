import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { selfDistillation } from "../../../../trainer/methods/losses/selfDistillation.ts";
import { naiveSelfDistillation } from "../../../oracles/losses.ts";
import { numbers, toRows } from "../../../oracles/numbers.ts";
import { expectLoss, expectZero, run } from "./check.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const TEMPERATURE = 0.1;

/** The loss as a function of the student, with a random constant teacher of n items. */
function taught(n: number, seed: number) {
  const values = numbers(n * n, seed);
  const loss = (student: tf.Tensor2D) =>
    tf.tidy(() => selfDistillation(student, tf.tensor2d(values, [n, n]), TEMPERATURE));
  return { rows: toRows(values, n), loss };
}

describe("self-distillation", () => {
  it.each([2, 5, 11])("equals the naive sums, and so does its gradient: %i items", (n) => {
    for (let seed = 0; seed < 5; seed++) {
      const { rows, loss } = taught(n, 50 + seed);
      // With two items, each has one other, whose probability is 1 for student and teacher.
      if (n === 2) expectZero(numbers(n * n, seed), loss);
      else {
        expectLoss(numbers(n * n, seed), loss, (student) => naiveSelfDistillation(student, rows));
      }
    }
  });

  it("ignores the diagonal", () => {
    const { loss } = taught(5, 50);
    const student = numbers(25, 1);
    const { value, gradient } = run(student, loss);
    const other = student.map((cosine, at) => (at % 6 === 0 ? 100 : cosine));
    expect(run(other, loss).value).toBeCloseTo(value, 5);
    expect(gradient.filter((_, at) => at % 6 === 0)).toEqual([0, 0, 0, 0, 0]);
  });

  it("is zero if student and teacher are equal, and gives the teacher no gradient", () => {
    const pairs = tf.tensor2d(numbers(25, 1), [5, 5]);
    expect(selfDistillation(pairs, pairs, TEMPERATURE).dataSync()[0]).toBeCloseTo(0, 6);
    const moved = tf.tensor2d(numbers(25, 2), [5, 5]);
    const gradient = tf.grad((teacher) =>
      tf.add(
        selfDistillation(moved, teacher as tf.Tensor2D, TEMPERATURE),
        tf.mul(0, tf.sum(teacher)),
      ),
    )(pairs);
    expect(Math.max(...gradient.dataSync().map(Math.abs))).toBe(0);
    tf.dispose([pairs, moved, gradient]);
  });

  it("is zero for one item alone", () => {
    expectZero(numbers(1, 1), taught(1, 2).loss);
  });
});
