import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { UserError } from "../../../trainer/error.ts";
import { type Exported, exportNetwork, joinNetworks } from "../../../trainer/export/network.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { cut } from "../../../trainer/networks/cut.ts";
import { buildGoogLeNet } from "../../../trainer/networks/backbones/googlenet.ts";
import { buildMobileNetV2 } from "../../../trainer/networks/backbones/mobilenetv2/build.ts";
import { buildSmall } from "../../../trainer/networks/backbones/small.ts";
import { expectClose } from "../../oracles/numbers.ts";
import { disturb, images } from "../export/same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

function predict(model: tfl.LayersModel, input: tf.Tensor): tf.Tensor {
  const output = model.predict(input);
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  return output;
}

/** The tensors, so that millions of numbers compare fast. */
const summary = ({ tensors }: Exported) =>
  Array.from(tensors, ([name, { shape, values }]) => {
    const hash = createHash("sha256").update(Float32Array.from(values)).digest("hex");
    return [name, shape, hash];
  });

const mobile = () =>
  buildMobileNetV2({ size: 32, width: 0.35, padding: "symmetric", firstExpansion: true }, 1);

describe("a network cut in two", () => {
  it.each<{ name: string; at: string; end: string; build: () => tfl.LayersModel; size: number }>([
    { name: "small", at: "conv2", end: "conv2-relu", build: () => buildSmall(16, 5, 1), size: 16 },
    { name: "small", at: "flat", end: "flat", build: () => buildSmall(16, 5, 1), size: 16 },
    { name: "mobilenetv2", at: "block1", end: "block1-project-norm", build: mobile, size: 32 },
    { name: "mobilenetv2", at: "block11-add", end: "block11-add", build: mobile, size: 32 },
    { name: "mobilenetv2", at: "conv-last", end: "conv-last-relu", build: mobile, size: 32 },
    {
      name: "googlenet",
      at: "inception4a",
      end: "inception4a",
      build: () => buildGoogLeNet(64, 1),
      size: 64,
    },
  ])("gives what the whole gives: $name at $at", ({ at, end, build, size }) => {
    const model = build();
    disturb(model);
    const { trunk, tail } = cut(model, at);
    expect(trunk.outputLayers[0].name).toBe(end);
    const input = images(2, size);
    const expected = predict(model, input);
    expectClose(predict(tail, predict(trunk, input)).dataSync(), expected.dataSync());
    const names = (...models: tfl.LayersModel[]) =>
      models.flatMap(({ weights }) => weights.map(({ originalName }) => originalName)).sort();
    expect(names(trunk, tail)).toEqual(names(model));

    const whole = exportNetwork(model);
    const joined = joinNetworks(exportNetwork(trunk), exportNetwork(tail));
    expect(joined.network).toEqual(whole.network);
    expect(summary(joined)).toEqual(summary(whole));

    // Training the parts leaves the whole alone.
    trunk.dispose();
    disturb(tail);
    expect(predict(model, input).dataSync()).toEqual(expected.dataSync());
  });

  it.each<[string, string]>([
    ["block3-nothing", "block0-"],
    ["nowhere", "conv0"],
    ["image", "conv0"],
    ["", "conv0"],
  ])("refuses the name %j and shows names that there are", (name, shown) => {
    const model = mobile();
    expect(() => cut(model, name)).toThrow(UserError);
    expect(() => cut(model, name)).toThrow(`no layer "${name}"; it has ${shown}`);
  });

  it("refuses the last layer", () => {
    expect(() => cut(mobile(), "pool")).toThrow('no layer follows "pool"');
  });

  it("names what is read past the cut", () => {
    const model = mobile();
    const cutInside = () => cut(model, "block2-depthwise");
    expect(cutInside).toThrow(UserError);
    expect(cutInside).toThrow(
      'cut at "block2-depthwise-relu": "block2-add" behind it reads "block1-project-norm" before it',
    );
  });

  it("does not take a branch that starts before it for what lies behind", () => {
    const image = tfl.input({ shape: [4, 4, 3], name: "image" });
    const { flatten, dense, add } = tfl.layers;
    const [a, b] = ["a", "b"].map((name) =>
      chain(image, flatten({ name: `${name}-flat` }), dense({ name, units: 2 })),
    );
    const model = tfl.model({ inputs: image, outputs: chain([a, b], add({ name: "sum" })) });
    expect(() => cut(model, "a")).toThrow('"b-flat" behind it reads "image" before it');
  });
});
