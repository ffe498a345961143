import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { startProxies } from "../../../trainer/training/proxies.ts";
import { columnMeans } from "../../oracles/linear.ts";
import { each, expectClose, toRows } from "../../oracles/numbers.ts";
import { D, data, inputs, items, learnerOf } from "./fitted.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("proxies", () => {
  it("start as the means of their classes' features", async () => {
    const learner = await learnerOf("proxy-anchor", 4, items.length);
    const rows = toRows(learner.embed(inputs, items, data.labels).embeddings, D);
    const { numTensors } = tf.memory();
    startProxies(learner, inputs, items, data.labels);
    expect(tf.memory().numTensors).toBe(numTensors);
    const means = each(4).map((label) =>
      columnMeans(rows.filter((_, item) => data.labels[item] === label)),
    );
    expectClose(learner.proxies?.dataSync() ?? [], means.flat());
    learner.dispose();
  });

  it("of some classes of a data set stand in the order of these", async () => {
    const learner = await learnerOf("distilled-softmax", 2, 9);
    const some = items.filter((item) => data.labels[item] === 1 || data.labels[item] === 3);
    const { embeddings } = learner.embed(inputs, some, data.labels);
    startProxies(learner, inputs, some, data.labels);
    const first = columnMeans(toRows(embeddings, D).slice(0, 5));
    expectClose((learner.proxies?.dataSync() ?? []).slice(0, D), first);
    learner.dispose();
  });

  it("are left out where the method learns none", async () => {
    const learner = await learnerOf("pddm-quadruplet", 4, items.length);
    const names = [...learner.state.keys()];
    startProxies(learner, inputs, items, data.labels);
    expect([...learner.state.keys()]).toEqual(names);
    expect(learner.proxies).toBeUndefined();
    learner.dispose();
  });
});
