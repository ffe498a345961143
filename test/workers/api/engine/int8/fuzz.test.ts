import { describe, it } from "vitest";
import type { Layer, Network } from "../../../../../shared/network/schema.ts";
import { each } from "../../../../oracles/numbers.ts";
import { expectSame } from "./expectSame.ts";

const NETWORKS = 60;

/** Whole numbers, the same for the same seed (mulberry32). */
function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const ACTIVATIONS = ["linear", "relu", "relu6", "hard_swish"] as const;

/** A stem, and one layer of a random kind, of random counts, steps and padding. */
function randomNetwork(seed: number): Network {
  const roll = dice(seed);
  const count = () => 1 + roll(16);
  const step = (): [number, number] => [1 + roll(2), 1 + roll(2)];
  const activation = ACTIVATIONS[roll(4)];
  const kernelSize: [number, number] = [1 + roll(4), 1 + roll(4)];
  const edge = (axis: number) => roll(Math.min(2, kernelSize[axis]));
  const padding = [
    "same" as const,
    "valid" as const,
    [edge(0), edge(0), edge(1), edge(1)] satisfies number[] as [number, number, number, number],
  ][roll(3)];
  const own = { name: "l", inputs: ["stem"] as [string] };
  const kinds: Layer[] = [
    { op: "conv2d", ...own, filters: count(), kernelSize, strides: step(), padding, activation },
    {
      op: "depthwise_conv2d",
      ...own,
      depthMultiplier: 1,
      kernelSize: roll(2) === 0 ? [3, 3] : kernelSize,
      strides: step(),
      padding: roll(2) === 0 ? "same" : "valid",
      activation,
    },
    { op: "max_pool2d", ...own, poolSize: kernelSize, strides: step(), padding: "same" },
    { op: "average_pool2d", ...own, poolSize: kernelSize, strides: step(), padding: "valid" },
    { op: "add", name: "l", inputs: ["stem", "stem"] },
    { op: "concat", name: "l", inputs: ["stem", "stem", "stem"] },
    { op: "activation", ...own, activation: "relu6" },
  ];
  const stem: Layer = {
    op: "conv2d",
    name: "stem",
    inputs: ["input"],
    filters: count(),
    kernelSize: [2, 2],
    strides: [1, 1],
    padding: "same",
    activation: ACTIVATIONS[roll(4)],
  };
  const flat: Layer = { op: "flatten", name: "flat", inputs: ["l"] };
  return [stem, kinds[seed % kinds.length], flat];
}

describe("int8 arithmetic", () => {
  it(`is that of scalar loops in ${NETWORKS} random networks`, async () => {
    for (const seed of each(NETWORKS)) {
      const roll = dice(seed + 1000);
      await expectSame(randomNetwork(seed), { height: 8 + roll(2), width: 8 + roll(2) }, seed);
    }
  });
});
