import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { splitByClass } from "../../../trainer/data/split.ts";
import { Bench } from "../../../trainer/paper/bench.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const data = dataset(
  each(6).map(() => 6),
  32,
  32,
);
const config = configSchema.parse({
  data: "x",
  name: "x",
  network: "mobilenetv2",
  width: 0.35,
  size: 32,
  dimensions: 8,
  featureLayer: "block4-add",
  freeze: "block3",
  batchNorm: "frozen",
  head: "whitened",
  views: 2,
});

const newBench = (say: (line: string) => void = () => undefined) =>
  new Bench(data, splitByClass(data), say, new AbortController().signal);

/** A run's network before its first step. */
async function startOn(bench: Bench, of = config) {
  const { learner, prepared } = await bench.open(of);
  const values = Array.from(learner.state, ([name, variable]) => {
    return [name, Array.from(variable.dataSync())] as const;
  });
  learner.dispose();
  return { start: Object.fromEntries(values), inputs: prepared.inputs };
}

describe("the bench that runs share", () => {
  it("gives a run the same start whether it is the first or a later one", async () => {
    const told: string[] = [];
    const say = (line: string) => told.push(line);
    const bench = newBench(say);
    const starts: Record<string, number[]>[] = [];
    const inputs = new Set();
    const { numTensors } = tf.memory();
    for (let run = 0; run < 2; run++) {
      const found = await startOn(bench);
      starts.push(found.start);
      inputs.add(found.inputs);
    }
    expect(Object.keys(starts[0])).toContain("proxies");
    expect(Object.keys(starts[0])).toContain("teacher/kernel");
    expect(starts[1]).toEqual(starts[0]);
    expect(inputs.size).toBe(1);
    expect(tf.memory().numTensors - numTensors).toBeLessThan(10);
  });

  it("gives the same start from the plain pictures alone, which is all that baselines need", async () => {
    const { start } = await startOn(newBench());
    expect((await startOn(newBench(), { ...config, views: 1 })).start).toEqual(start);
  });
});
