import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalizePixels } from "../../../shared/normalize.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { UserError } from "../../../trainer/error.ts";
import { BACKBONE_NAMES } from "../../../trainer/networks/backbones/registry.ts";
import { HardSwish } from "../../../trainer/networks/layers/hardSwish.ts";
import { SeparableConv2D } from "../../../trainer/networks/layers/separableConv2d.ts";
import { SpatialDropout2D } from "../../../trainer/networks/layers/spatialDropout.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { openNetwork } from "../../../trainer/networks/open.ts";
import { expectClose } from "../../oracles/numbers.ts";
import { disturb, expectSame, images } from "../export/same.ts";
import { writeModel } from "./files.ts";

let folder = "";
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "open-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = 16;
const CONFIG = { network: "small", width: 0.35, size: SIZE, dimensions: 8 };
const open = (changes: object) => openNetwork({ ...CONFIG, ...changes }, 7);

type Layer = tfl.LayersModel["layers"][number];
const { conv2d, batchNormalization, reLU, dense, dropout, flatten, softmax } = tfl.layers;
const { gaussianNoise, globalAveragePooling2d, rescaling, zeroPadding2d } = tfl.layers;

const body = () => [
  zeroPadding2d({ name: "pad", padding: 1 }),
  conv2d({ name: "conv", filters: 6, kernelSize: 3, strides: 2, useBias: false }),
  batchNormalization({ name: "norm" }),
  reLU({ name: "relu", maxValue: 6 }),
];
const pool = () => globalAveragePooling2d({ name: "mean" });
const classifier = (activation?: "softmax") => dense({ name: "classes", units: 3, activation });

function functional(layers: Layer[], shape: (number | null)[] = [SIZE, SIZE, 3]): tfl.LayersModel {
  const image = tfl.input({ shape, name: "photo" });
  return tfl.model({ inputs: image, outputs: chain(image, ...layers) });
}

function predict(model: tfl.LayersModel, input: tf.Tensor): tf.Tensor {
  const output = model.predict(input);
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  return output;
}

let written = 0;
const write = (model: tfl.LayersModel) => {
  disturb(model);
  return writeModel(join(folder, `model${written++}`), model);
};

describe("the networks that come along", () => {
  it("end in the embedding, or in features", async () => {
    const small = await open({});
    expect(small.hasHead).toBe(true);
    expect(small.model.outputs[0].shape).toEqual([null, 8]);
    const mobile = await open({ network: "mobilenetv2", size: 32 });
    expect(mobile).toMatchObject({ hasHead: false, report: undefined });
    expect(mobile.model.outputs[0].shape).toEqual([null, 1280]);
    const google = await open({ network: "googlenet", size: 64 });
    expect(google.hasHead).toBe(false);
    expect(google.model.outputs[0].shape).toEqual([null, 1024]);
  });

  it("give the features of another layer where one is named", async () => {
    const { model, hasHead } = await open({ featureLayer: "conv2-relu" });
    expect(hasHead).toBe(false);
    expect(model.outputs[0].shape).toEqual([null, 64]);
    expectSame(model, SIZE);
    await expect(open({ featureLayer: "conv9" })).rejects.toThrow(
      'no layer "conv9" (--feature-layer); it ends in conv2, conv2-norm, conv2-relu, conv3,',
    );
  });
});

describe("a model from disk", () => {
  it.each<[string, string, () => Layer[]]>([
    ["a dense classifier", "mean", () => [...body(), pool(), classifier("softmax")]],
    [
      "a classifier behind dropout, softmax apart",
      "mean",
      () => [...body(), pool(), dropout({ rate: 0.5 }), classifier(), softmax({})],
    ],
    ["no classifier", "mean", () => [...body(), pool()]],
    ["flat features", "flat", () => [...body(), flatten({ name: "flat" }), classifier()]],
    ["a map at its end", "relu", body],
  ])("gives its features: %s", async (_, feature, layers) => {
    const whole = functional(layers());
    const network = await write(whole);
    const { numTensors } = tf.memory();
    const { model, hasHead } = await open({ network });
    expect(hasHead).toBe(false);
    // The classifier's are gone.
    expect(tf.memory().numTensors).toBe(numTensors + model.weights.length);
    const input = images(2, SIZE);
    const { output } = whole.getLayer(feature);
    if (Array.isArray(output)) throw new Error("not one output");
    const expected = predict(tfl.model({ inputs: whole.inputs, outputs: output }), input);
    const features = expected.rank === 4 ? tf.mean(expected, [1, 2]) : expected;
    expectClose(predict(model, input).dataSync(), features.dataSync());
    expectSame(model, SIZE);
  });

  it("may be sequential", async () => {
    const [first, ...rest] = [
      conv2d({ filters: 4, kernelSize: 3, inputShape: [SIZE, SIZE, 3] }),
      pool(),
      classifier(),
    ];
    const whole = tfl.sequential({ layers: [first, ...rest] });
    const { model } = await open({ network: await write(whole) });
    expect(model.outputs[0].shape).toEqual([null, 4]);
    expectSame(model, SIZE);
  });

  it("may leave the size open", async () => {
    const whole = functional([...body(), pool(), classifier()], [null, null, 3]);
    const { model } = await open({ network: await write(whole), size: 20 });
    expect(model.inputs[0].shape).toEqual([null, 20, 20, 3]);
    const { model: again } = await open({ network: await write(functional([...body(), pool()])) });
    const kernel = (it: tfl.LayersModel) => it.getLayer("conv").getWeights()[0].shape;
    expect(kernel(model)).toEqual(kernel(again));
    expectSame(model, 20);
  });

  it("may leave the size open with separable convolutions, dropout of channels and noise", async () => {
    const layers = [
      new SeparableConv2D({ filters: 4, kernelSize: 3, depthMultiplier: 2, name: "separable" }),
      new SpatialDropout2D({ rate: 0.25, name: "channels" }),
      gaussianNoise({ stddev: 1 }),
      new HardSwish({}),
    ];
    const network = await write(functional([...layers, pool()], [null, null, 3]));
    const { model } = await open({ network, size: 20 });
    expect(model.getLayer("channels").getConfig()).toMatchObject({ rate: 0.25 });
    expectSame(model, 20);
  });

  it("may scale pixels itself, which says how images are normalised", async () => {
    const scale = rescaling({ name: "scale", scale: 1 / 127.5, offset: -1 });
    const whole = functional([scale, ...body(), pool()], [null, null, 3]);
    const { model, normalization } = await open({ network: await write(whole), size: 20 });
    const { mean, std } = normalization ?? expect.fail();
    expectClose([...mean, ...std], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 1e-6);
    const pixels = tf.randomUniform<tf.Rank.R4>([2, 20, 20, 3], 0, 255, "float32", 3);
    const expected = predict(whole, pixels).dataSync();
    expectClose(predict(model, normalizePixels(pixels, { mean, std })).dataSync(), expected, 1e-4);
    expectSame(model, 20);
    const other = functional([...body(), scale, pool()]);
    expect((await open({ network: await write(other) })).normalization).toBeUndefined();
  });

  it("says its size where another is asked for", async () => {
    const network = await write(functional([...body(), pool()]));
    await expect(open({ network, size: 24 })).rejects.toThrow(UserError);
    await expect(open({ network, size: 24 })).rejects.toThrow("pass --size 16, not 24");
  });

  it.each<[string, () => tfl.LayersModel, RegExp]>([
    [
      "a layer that the edge cannot run",
      () => functional([...body(), tfl.layers.upSampling2d({ name: "odd" }), pool()]),
      /layer "odd" is a UpSampling2D/,
    ],
    [
      "a dense layer over each position",
      () => functional([...body(), dense({ name: "odd", units: 3, activation: "relu" }), pool()]),
      /model.json: layer "odd": dense reads a vector/,
    ],
    [
      "grey images",
      () => functional([pool()], [SIZE, SIZE, 1]),
      /reads \[16, 16, 1\], not an image/,
    ],
    [
      "oblong images",
      () => functional([...body(), pool()], [SIZE, 12, 3]),
      /12x16; only square inputs/,
    ],
    [
      "two outputs",
      () => {
        const { inputs, outputs } = functional(body());
        return tfl.model({ inputs, outputs: [chain(outputs[0], pool()), outputs[0]] });
      },
      /has 1 inputs and 2 outputs/,
    ],
  ])("is refused at once for %s", async (_, build, says) => {
    const network = await write(build());
    await expect(open({ network })).rejects.toThrow(UserError);
    await expect(open({ network })).rejects.toThrow(says);
  });

  const manifest = (bytes: number) => [
    { paths: ["shard"], weights: [{ name: "w", shape: [bytes / 4], dtype: "float32" }] },
  ];
  it.each<[string, string, RegExp]>([
    ["that is not JSON", "{", /is not JSON/],
    ["without weights", "{}", /at weightsManifest/],
    [
      "with shards of another size",
      JSON.stringify({ modelTopology: {}, weightsManifest: manifest(12) }),
      /are 12 bytes, but shard hold 8/,
    ],
    [
      "that is a graph model",
      JSON.stringify({ format: "graph-model", modelTopology: {}, weightsManifest: manifest(8) }),
      /not a LayersModel, but graph-model/,
    ],
    [
      "with layers that tfjs-layers does not know",
      JSON.stringify({
        modelTopology: { class_name: "Oracle", config: {} },
        weightsManifest: manifest(8),
      }),
      /does not load: Unknown layer: Oracle/,
    ],
  ])("is refused for a file %s", async (name, json, says) => {
    const path = join(folder, name);
    await mkdir(path);
    await writeFile(join(path, "shard"), Buffer.alloc(8));
    await writeFile(join(path, "model.json"), json);
    const network = join(path, "model.json");
    await expect(open({ network })).rejects.toThrow(UserError);
    await expect(open({ network })).rejects.toThrow(says);
  });

  it("is refused where it is missing, with the names of the backbones", async () => {
    await expect(open({ network: "mobilenet" })).rejects.toThrow(
      `--network mobilenet is neither one of ${BACKBONE_NAMES.join(", ")} nor a file or folder`,
    );
  });
});
