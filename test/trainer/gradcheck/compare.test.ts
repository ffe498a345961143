import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { compare, worstOf } from "../../../trainer/gradcheck/compare.ts";
import { differentiable } from "../../../trainer/gradcheck/differentiable.ts";

const results = (values: Record<string, number[]>) =>
  new Map(Object.entries(values).map(([name, all]) => [name, Float32Array.from(all)]));

/** A case of given results on the active backend and on the cpu. */
const given = (active: Record<string, number[]>, cpu: Record<string, number[]>) => ({
  name: "given",
  run: () => results(active),
  reference: () => results(cpu),
});

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("compare", () => {
  it("takes the largest difference relative to the largest element", async () => {
    const errors = await compare(given({ value: [4, 1.5] }, { value: [4, 1] }), 1);
    expect([...errors]).toEqual([["value", 0.125]]);
  });

  it("does not blow up the rounding of what should be zero", async () => {
    const errors = await compare(given({ value: [1e-7] }, { value: [0] }), 1);
    expect(errors.get("value")).toBeCloseTo(1e-5, 8);
  });

  it.each<[string, Record<string, number[]>]>([
    ["a missing result", {}],
    ["another length", { value: [1, 2] }],
  ])("finds %s", async (_, active) => {
    expect((await compare(given(active, { value: [1] }), 1)).get("value")).toBe(Infinity);
  });

  it("finds NaN", async () => {
    const errors = await compare(
      given({ value: [NaN], other: [1] }, { value: [1], other: [2] }),
      1,
    );
    expect(worstOf(errors)).toEqual({ result: "value", error: Infinity });
  });

  it("finds a wrong gradient behind a right value", async () => {
    const double = tf.customGrad((x) => ({
      value: tf.mul(x as tf.Tensor, 2),
      gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2.1),
    }));
    const check = differentiable("double", double, [[3, 2]], (x) => tf.mul(x, 2));
    const errors = await compare(check, 1e-3);
    expect(errors.get("value")).toBe(0);
    expect(errors.get("gradient 1")).toBeCloseTo(0.05, 5);
    expect(tf.getBackend()).toBe("wasm");
  });

  it("draws other inputs until one passes, and else tells the best", async () => {
    const drawn: string[] = [];
    const errorOf = [0.5, 0.2, 0.3];
    const check = {
      name: "draws",
      draws: 3,
      run: (draw: number) => {
        drawn.push(`${tf.getBackend()} ${draw}`);
        return results({ value: [tf.getBackend() === "cpu" ? 1 : 1 + errorOf[draw]] });
      },
    };
    expect((await compare(check, 0.25)).get("value")).toBeCloseTo(0.2, 6);
    expect(drawn).toEqual(["wasm 0", "cpu 0", "wasm 1", "cpu 1"]);
    drawn.length = 0;
    expect((await compare(check, 0.1)).get("value")).toBeCloseTo(0.2, 6);
    // What the cpu backend said is known.
    expect(drawn).toEqual(["wasm 0", "wasm 1", "wasm 2", "cpu 2"]);
  });
});
