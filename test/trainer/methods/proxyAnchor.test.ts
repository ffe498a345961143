import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { proxyAnchorLoss } from "../../../trainer/methods/proxyAnchor.ts";
import { naiveProxyAnchor } from "../../oracles/losses.ts";
import { differences, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 4;
const CLASSES = 6;
const OPTIONS = { scale: 32, margin: 0.1 };

const unit = (n: number, seed: number) =>
  Float32Array.from(normalizeRows(toRows(numbers(n * D, seed), D)).flat());

function run(features: Float32Array, labels: number[], proxies: Float32Array) {
  const x = tf.tensor2d(features, [labels.length, D]);
  const p = tf.tensor2d(proxies, [proxies.length / D, D]);
  // Outside of tf.grads, whose tidy would hide leaks.
  const value = proxyAnchorLoss(x, labels, p, OPTIONS);
  const grads = tf.grads((a, b) =>
    proxyAnchorLoss(a as tf.Tensor2D, labels, b as tf.Tensor2D, OPTIONS),
  )([x, p]);
  expect(value.shape).toEqual([]);
  const [ofFeatures, ofProxies] = grads.map((grad) => Array.from(grad.dataSync()));
  const result = { value: value.dataSync()[0], ofFeatures, ofProxies };
  tf.dispose([x, p, value, ...grads]);
  return result;
}

describe("the Proxy-Anchor loss", () => {
  it.each([
    { title: "equal classes", labels: [0, 0, 1, 1] },
    { title: "classes out of order and of unequal size", labels: [5, 2, 5, 2, 2, 0] },
    { title: "no two of a class", labels: [3, 1, 0] },
    { title: "one class", labels: [4, 4, 4] },
    { title: "every class", labels: [0, 1, 2, 3, 4, 5, 0] },
    { title: "one item", labels: [1] },
  ])("equals the naive sums, and so do both gradients: $title", ({ labels }) => {
    const features = unit(labels.length, 3);
    // Longer than 1: the loss must normalize them, and the gradient must include that.
    const proxies = numbers(CLASSES * D, 7).map((value) => 3 * value);
    const { numTensors } = tf.memory();
    const { value, ofFeatures, ofProxies } = run(features, labels, proxies);
    expect(tf.memory().numTensors).toBe(numTensors);

    const oracle = (x: ArrayLike<number>, p: ArrayLike<number>) =>
      naiveProxyAnchor(toRows(x, D), labels, toRows(p, D));
    expectClose([value], [oracle(features, proxies)]);
    expectClose(
      ofFeatures,
      differences((moved) => oracle(moved, proxies), features),
    );
    const slopes = differences((moved) => oracle(features, moved), proxies);
    expect(slopes.every((slope) => slope !== 0)).toBe(true);
    expectClose(ofProxies, slopes);
  });

  it("has no negative term with a single proxy", () => {
    const { value } = run(Float32Array.of(1, 0, 0, 0), [0], Float32Array.of(2, 0, 0, 0));
    expect(value).toBeCloseTo(Math.log1p(Math.exp(-32 * 0.9)), 12);
  });

  it("trains a variable", () => {
    const proxies = tf.variable(tf.tensor2d(numbers(CLASSES * D, 7), [CLASSES, D]));
    const features = tf.tensor2d(unit(3, 3), [3, D]);
    const { grads } = tf.variableGrads(() =>
      proxyAnchorLoss(features, [0, 3, 5], proxies, OPTIONS),
    );
    expect(Object.values(grads).map(({ shape }) => shape)).toEqual([[CLASSES, D]]);
  });

  it.each([{ label: CLASSES }, { label: -1 }, { label: 0.5 }])(
    "refuses a label without a proxy: $label",
    ({ label }) => {
      expect(() => run(unit(2, 3), [0, label], numbers(CLASSES * D, 7))).toThrow(
        `label ${label} has no proxy: there are 6`,
      );
    },
  );
});
