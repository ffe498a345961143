import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { AdamW, learningRateAt } from "../../../trainer/training/optimizer.ts";
import { each, expectClose, numbers } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** AdamW for one number, as in Loshchilov and Hutter's algorithm 2. */
function naiveAdamW(start: number, gradients: number[], rates: number[], decay: number): number {
  let [w, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const [mHat, vHat] = [m / (1 - 0.9 ** (i + 1)), v / (1 - 0.999 ** (i + 1))];
    w -= rates[i] * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * w);
  });
  return w;
}

describe("AdamW", () => {
  const steps = 6;
  const rates = [0.02, 0.05, 0.1, 0.08, 0.03, 0.01];
  const decay = 0.3;
  const start = { kernel: numbers(4, 1), bias: numbers(3, 2) };
  const gradients = {
    kernel: each(steps).map((step) => numbers(4, 10 + step)),
    bias: each(steps).map((step) => numbers(3, 20 + step)),
  };
  const variables = () =>
    new Map<string, tf.Variable>([
      ["kernel", tf.variable<tf.Rank>(tf.tensor2d(start.kernel, [2, 2]))],
      ["bias", tf.variable<tf.Rank>(tf.tensor1d(start.bias))],
    ]);
  const take = (optimizer: AdamW, step: number) => {
    tf.tidy(() => {
      const kernel = tf.tensor2d(gradients.kernel[step - 1], [2, 2]);
      const bias = tf.tensor1d(gradients.bias[step - 1]);
      optimizer.update(
        step,
        () => rates[step - 1],
        new Map<string, tf.Tensor>([
          ["kernel", kernel],
          ["bias", bias],
        ]),
      );
    });
  };

  it("agrees with a scalar loop over several steps, only the decayed set decaying", () => {
    const trained = variables();
    const optimizer = new AdamW(trained, new Set(["kernel"]), decay);
    for (let step = 1; step <= steps; step++) take(optimizer, step);
    for (const name of ["kernel", "bias"] as const) {
      const expected = Array.from(start[name], (w, i) =>
        naiveAdamW(
          w,
          gradients[name].map((g) => g[i]),
          rates,
          name === "kernel" ? decay : 0,
        ),
      );
      expectClose(trained.get(name)?.dataSync() ?? [], expected, 1e-6);
    }
  });

  it("goes on from restored state as if it had never stopped", () => {
    const [whole, halves] = [variables(), variables()];
    const uninterrupted = new AdamW(whole, new Set(["kernel"]), decay);
    for (let step = 1; step <= steps; step++) take(uninterrupted, step);

    const first = new AdamW(halves, new Set(["kernel"]), decay);
    for (let step = 1; step <= 3; step++) take(first, step);
    const second = new AdamW(halves, new Set(["kernel"]), decay);
    for (const [name, saved] of first.state()) second.state().get(name)?.assign(saved);
    for (let step = 4; step <= steps; step++) take(second, step);

    for (const name of ["kernel", "bias"]) {
      expect(halves.get(name)?.dataSync()).toEqual(whole.get(name)?.dataSync());
    }
  });

  it("names its state after the variables, and starts it at zero", () => {
    const state = new AdamW(variables(), new Set(), 0).state();
    expect([...state.keys()].sort()).toEqual(["bias/m", "bias/v", "kernel/m", "kernel/v"]);
    for (const variable of state.values()) {
      expect(variable.dataSync().every((value) => value === 0)).toBe(true);
      expect(variable.trainable).toBe(false);
    }
  });

  it("leaves a variable alone whose gradients are all zero", () => {
    const trained = new Map([["w", tf.variable(tf.tensor1d([1, -2]))]]);
    new AdamW(trained, new Set(), 0.5).update(1, () => 0.1, new Map([["w", tf.zeros([2])]]));
    expect(Array.from(trained.get("w")?.dataSync() ?? [])).toEqual([1, -2]);
  });

  it("leaves a variable without a gradient alone: no decay, no moments", () => {
    const trained = variables();
    const optimizer = new AdamW(trained, new Set(["kernel", "bias"]), decay);
    take(optimizer, 1);
    const kernelState = () =>
      ["kernel", "kernel/m", "kernel/v"].map((name) =>
        Array.from((trained.get(name) ?? optimizer.state().get(name))?.dataSync() ?? []),
      );
    const before = kernelState();
    const bias = Array.from(trained.get("bias")?.dataSync() ?? []);
    optimizer.update(2, () => 0.1, new Map([["bias", tf.ones([3])]]));
    expect(kernelState()).toEqual(before);
    expect(Array.from(trained.get("bias")?.dataSync() ?? [])).not.toEqual(bias);
  });

  it("gives each variable its own rate, for the decay as well", () => {
    const trained = variables();
    const optimizer = new AdamW(trained, new Set(["kernel", "bias"]), decay);
    const rateOf = (name: string) => (name === "kernel" ? 0.02 : 0.3);
    optimizer.update(
      1,
      rateOf,
      new Map<string, tf.Tensor>([
        ["kernel", tf.tensor2d(gradients.kernel[0], [2, 2])],
        ["bias", tf.tensor1d(gradients.bias[0])],
      ]),
    );
    for (const name of ["kernel", "bias"] as const) {
      const expected = Array.from(start[name], (w, i) =>
        naiveAdamW(w, [gradients[name][0][i]], [rateOf(name)], decay),
      );
      expectClose(trained.get(name)?.dataSync() ?? [], expected, 1e-6);
    }
  });

  it("leaks nothing over steps, and disposes its state", () => {
    const trained = variables();
    const before = tf.memory().numTensors;
    const optimizer = new AdamW(trained, new Set(["kernel"]), decay);
    const { numTensors } = tf.memory();
    for (let step = 1; step <= 3; step++) take(optimizer, step);
    expect(tf.memory().numTensors).toBe(numTensors);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("the learning rate", () => {
  it("warms up linearly over the first twentieth, to the peak", () => {
    expectClose(
      each(11).map((step) => learningRateAt(step, 200, 0.4)),
      each(11).map((step) => 0.04 * step),
      1e-12,
    );
  });

  it("falls as a cosine from the peak, half of it half-way, to nearly nothing at the last step", () => {
    const rates = each(191).map((i) => learningRateAt(10 + i, 200, 0.4));
    expect(rates[0]).toBe(0.4);
    rates.slice(1).forEach((rate, i) => {
      expect(rate).toBeLessThan(rates[i]);
    });
    expect(rates[95]).toBeCloseTo(0.2, 2);
    expect(rates[190]).toBeGreaterThan(0);
    expect(rates[190]).toBeLessThan(0.4 * 1e-3);
  });

  it.each([1, 2, 3])("is positive at each step of a run of %d", (steps) => {
    for (const step of each(steps)) {
      const rate = learningRateAt(step + 1, steps, 1);
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(1);
    }
  });
});
