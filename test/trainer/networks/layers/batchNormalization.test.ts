import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { readArtifacts } from "../../../../trainer/networks/artifacts.ts";
import { BatchNormalization } from "../../../../trainer/networks/layers/batchNormalization.ts";
import { chain } from "../../../../trainer/networks/layers/chain.ts";
import { loadModel } from "../../../../trainer/networks/load.ts";
import { expectClose } from "../../../oracles/numbers.ts";
import { writeModel } from "../files.ts";

// That values and gradients are right: test/trainer/gradcheck.

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** The layer's output for a batch, then the weights that it has. */
function outcome(layer: layers.Layer, shape: number[], training: boolean): Float32Array[] {
  return tf.tidy(() => {
    const x = tf.randomNormal(shape, 3, 2, "float32", 1);
    const y = layer.apply(x, { training }) as tf.Tensor;
    return [y, ...layer.getWeights()].map((tensor) => Float32Array.from(tensor.dataSync()));
  });
}

const cases: [string, number[], { axis?: number; momentum?: number }][] = [
  ["a map", [3, 4, 2, 5], { momentum: 0.9 }],
  ["vectors", [7, 5], {}],
  ["a map, channels first", [3, 5, 4, 2], { axis: 1 }],
];

describe("batch normalization", () => {
  describe.each(cases)("of %s", (_, shape, config) => {
    it.each([true, false])("is that of tfjs-layers, in training %s", (training) => {
      const [own, stock] = [new BatchNormalization(config), layers.batchNormalization(config)];
      const [actual, expected] = [own, stock].map((layer) => outcome(layer, shape, training));
      expect(actual).toHaveLength(5);
      actual.forEach((values, i) => {
        expectClose(values, expected[i], 1e-6);
      });
      tf.dispose([...own.getWeights(), ...stock.getWeights()]);
    });
  });

  it("trains without scale and centre, where that of tfjs-layers fails", () => {
    const bare = new BatchNormalization({ scale: false, center: false });
    const full = new BatchNormalization({});
    const [y, mean, variance] = outcome(bare, [3, 4, 2, 5], true);
    const [expected, , , expectedMean, expectedVariance] = outcome(full, [3, 4, 2, 5], true);
    expect(y).toEqual(expected);
    expect(mean).toEqual(expectedMean);
    expect(variance).toEqual(expectedVariance);
    tf.dispose([...bare.getWeights(), ...full.getWeights()]);
  });

  it("takes the place of that of tfjs-layers in a model that is loaded", async () => {
    const image = input({ shape: [4, 4, 3] });
    const saved = model({ inputs: image, outputs: chain(image, layers.batchNormalization()) });
    const [, norm] = saved.layers;
    norm.setWeights([1, 2, 3, 4].map((value) => tf.fill([3], value)));
    const folder = await mkdtemp(join(tmpdir(), "pddm-norm-test-"));
    const path = await writeModel(folder, saved);
    const loaded = await loadModel(path, await readArtifacts(path));
    await rm(folder, { recursive: true });
    expect(loaded.layers[1]).toBeInstanceOf(BatchNormalization);
    expect(loaded.layers[1].getClassName()).toBe("BatchNormalization");
    expect(loaded.layers[1].getWeights().map((weight) => weight.dataSync()[0])).toEqual([
      1, 2, 3, 4,
    ]);
    saved.dispose();
    loaded.dispose();
  });
});
