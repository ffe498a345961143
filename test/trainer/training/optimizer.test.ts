import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import type { ParameterGroup } from "../../../trainer/training/parameterGroups.ts";
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
  const variables = () => ({
    kernel: tf.variable<tf.Rank>(tf.tensor2d(start.kernel, [2, 2])),
    bias: tf.variable<tf.Rank>(tf.tensor1d(start.bias)),
  });
  const group = (
    named: Record<string, tf.Variable>,
    decay: ParameterGroup["decay"] = "kernels",
  ): ParameterGroup => ({
    name: "head",
    variables: new Map(Object.entries(named)),
    learningRate: 1,
    decay,
  });
  const take = (
    optimizer: AdamW,
    { kernel, bias }: ReturnType<typeof variables>,
    step: number,
    rateAt = (peak: number) => peak * rates[step - 1],
  ) => {
    tf.tidy(() => {
      optimizer.update(step, rateAt, {
        [kernel.name]: tf.tensor2d(gradients.kernel[step - 1], [2, 2]),
        [bias.name]: tf.tensor1d(gradients.bias[step - 1]),
      });
    });
  };
  const names = ["kernel", "bias"] as const;

  it.each(["kernels", "none"] as const)(
    "agrees with a scalar loop over several steps, decay of: %s",
    (kind) => {
      const trained = variables();
      const optimizer = new AdamW([group(trained, kind)], decay);
      for (let step = 1; step <= steps; step++) take(optimizer, trained, step);
      for (const name of names) {
        const own = name === "kernel" && kind === "kernels" ? decay : 0;
        const expected = Array.from(start[name], (w, i) =>
          naiveAdamW(
            w,
            gradients[name].map((g) => g[i]),
            rates,
            own,
          ),
        );
        expectClose(trained[name].dataSync(), expected, 1e-6);
      }
    },
  );

  it("goes on from restored state as if it had never stopped", () => {
    const [whole, halves] = [variables(), variables()];
    const uninterrupted = new AdamW([group(whole)], decay);
    for (let step = 1; step <= steps; step++) take(uninterrupted, whole, step);

    const first = new AdamW([group(halves)], decay);
    for (let step = 1; step <= 3; step++) take(first, halves, step);
    const second = new AdamW([group(halves)], decay);
    for (const [name, saved] of first.state()) second.state().get(name)?.assign(saved);
    for (let step = 4; step <= steps; step++) take(second, halves, step);

    for (const name of names) expect(halves[name].dataSync()).toEqual(whole[name].dataSync());
  });

  it("names its state after the variables, and starts it at zero", () => {
    const state = new AdamW([group(variables())], 0).state();
    expect([...state.keys()].sort()).toEqual(["bias/m", "bias/v", "kernel/m", "kernel/v"]);
    for (const variable of state.values()) {
      expect(variable.dataSync().every((value) => value === 0)).toBe(true);
      expect(variable.trainable).toBe(false);
    }
  });

  it("leaves a variable alone whose gradients are all zero", () => {
    const w = tf.variable(tf.tensor1d([1, -2]));
    new AdamW([group({ w })], 0.5).update(1, () => 0.1, { [w.name]: tf.zeros([2]) });
    expect(Array.from(w.dataSync())).toEqual([1, -2]);
  });

  it("leaves a variable without a gradient alone: no decay, no moments", () => {
    const trained = variables();
    const optimizer = new AdamW([group(trained)], decay);
    take(optimizer, trained, 1);
    const kernelState = () =>
      [trained.kernel, optimizer.state().get("kernel/m"), optimizer.state().get("kernel/v")].map(
        (it) => Array.from(it?.dataSync() ?? []),
      );
    const before = kernelState();
    const bias = Array.from(trained.bias.dataSync());
    optimizer.update(2, () => 0.1, { [trained.bias.name]: tf.ones([3]) });
    expect(kernelState()).toEqual(before);
    expect(Array.from(trained.bias.dataSync())).not.toEqual(bias);
  });

  it("gives each group its own rate, for the decay as well", () => {
    const trained = variables();
    const { kernel, bias } = trained;
    const slow = { ...group({ kernel }), learningRate: 0.02 };
    const fast = { ...group({ bias }), learningRate: 0.3 };
    take(new AdamW([slow, fast], decay), trained, 1, (peak) => peak / 2);
    for (const [name, rate, own] of [
      ["kernel", 0.01, decay],
      ["bias", 0.15, 0],
    ] as const) {
      const expected = Array.from(start[name], (w, i) =>
        naiveAdamW(w, [gradients[name][0][i]], [rate], own),
      );
      expectClose(trained[name].dataSync(), expected, 1e-6);
    }
  });

  it("leaks nothing over steps, and disposes its state", () => {
    const trained = variables();
    const before = tf.memory().numTensors;
    const optimizer = new AdamW([group(trained)], decay);
    const { numTensors } = tf.memory();
    for (let step = 1; step <= 3; step++) take(optimizer, trained, step);
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
