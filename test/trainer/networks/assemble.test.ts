import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalizePixels } from "../../../shared/normalize.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { UserError } from "../../../trainer/error.ts";
import { assemble, type EmbeddingNetwork } from "../../../trainer/networks/assemble.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { dataset } from "../../oracles/dataset.ts";
import { NORMALIZATION } from "../../oracles/normalization.ts";
import { expectClose } from "../../oracles/numbers.ts";
import { writeModel } from "./files.ts";

let folder = "";
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "assemble-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = 32;
const D = 8;
const data = dataset([2, 1], SIZE, SIZE);

const open = (changes: object, say: (line: string) => void = () => undefined) =>
  assemble(
    configSchema.parse({
      data: "x",
      name: "x",
      network: "mobilenetv2",
      width: 0.35,
      size: SIZE,
      dimensions: D,
      normalization: NORMALIZATION,
      ...changes,
    }),
    say,
  );

/** What comes out behind trunk and network. */
function embed({ trunk, network }: EmbeddingNetwork): Float32Array {
  const images = tf.tensor4d(Float32Array.from(data.pixels), [3, SIZE, SIZE, 3]);
  const input = trunk
    ? tf.tensor(trunk.run(data.pixels), [3, ...trunk.shape])
    : normalizePixels(images, NORMALIZATION);
  const output = network.predict(input);
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  expect(output.shape).toEqual([3, D]);
  return output.dataSync<"float32">();
}

describe("a network that trains as a whole", () => {
  it("has a head on top, whose layer goes by its name", async () => {
    const { trunk, network, head, backbone } = await open({});
    expect(trunk).toBeNull();
    expect(network.getLayer(head).outputShape).toEqual([null, D]);
    expect(network.getLayer(head).getWeights()[0].shape).toEqual([1280, D]);
    expect(backbone?.outputs[0].shape).toEqual([null, 1280]);
    // The backbone is the network's own, so that it trains with it.
    expect(backbone?.getLayer("conv0")).toBe(network.getLayer("conv0"));
  });

  it("has the head that the small network comes with", async () => {
    const body = await open({ network: "small", size: 16 });
    expect(body).toMatchObject({ trunk: null, backbone: null });
    expect(body.network.getLayer(body.head).outputShape).toEqual([null, D]);
    await expect(open({ network: "small", freeze: "conv2" })).rejects.toThrow(UserError);
    await expect(open({ network: "small", freeze: "conv2" })).rejects.toThrow(
      "--freeze conv2: the small network trains as a whole",
    );
  });
});

describe("a network with frozen layers", () => {
  it.each(["block3", "block10", "block16", "backbone"])(
    "is the same network, cut in two: %s",
    async (freeze) => {
      const body = await open({ freeze });
      expect(body.trunk).not.toBeNull();
      expectClose(embed(body), embed(await open({})), 1e-4);
    },
  );

  it("trains what lies behind the layer, and no more", async () => {
    const { network, backbone } = await open({ freeze: "block14" });
    const names = network.layers.map(({ name }) => name);
    expect(
      names.filter((name) => /^(conv0|block(\d|1[0-4])-(?!project-norm|add))/.test(name)),
    ).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["block15-expand", "conv-last", "embedding"]));
    expect(backbone?.outputs[0].shape).toEqual([null, 1280]);
  });

  it("trains nothing but the head where all of the backbone is frozen", async () => {
    const { network, trunk } = await open({ freeze: "backbone" });
    expect(trunk?.shape).toEqual([1280]);
    expect(network.trainableWeights.map(({ originalName }) => originalName)).toEqual([
      "embedding/kernel",
      "embedding/bias",
    ]);
  });

  it.each(["block14", "backbone"])("keeps no second copy of the network: %s", async (freeze) => {
    const { numTensors } = tf.memory();
    const { network, trunk } = await open({ freeze });
    const kept = network.weights.length + (trunk?.tensors.size ?? 0);
    expect(tf.memory().numTensors).toBe(numTensors + kept);
  });

  it("says which layers there are where it does not know the name", async () => {
    await expect(open({ freeze: "block99" })).rejects.toThrow(UserError);
    await expect(open({ freeze: "block99" })).rejects.toThrow('no layer "block99"');
  });
});

describe("a model from disk", () => {
  const { conv2d, globalAveragePooling2d, rescaling } = tfl.layers;
  const write = async (layers: tfl.LayersModel["layers"]) => {
    const image = tfl.input({ shape: [SIZE, SIZE, 3] });
    const model = tfl.model({ inputs: image, outputs: chain(image, ...layers) });
    return writeModel(await mkdtemp(join(folder, "model-")), model);
  };
  const dilated = () => [
    conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, name: "wide" }),
    conv2d({ filters: 5, kernelSize: 1, name: "narrow" }),
    globalAveragePooling2d({}),
  ];

  it("is normalised as it says itself, and as the config says where it does not", async () => {
    const says: string[] = [];
    const say = (line: string) => void says.push(line);
    const scale = rescaling({ scale: 1 / 255 });
    const own = await open({ network: await write([scale, ...dilated().slice(1)]) }, say);
    expect(own.normalization).toEqual({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(says).toEqual(["the model scales pixels itself: (RGB / 255 - 0) / 1"]);
    const plain = await open({ network: await write(dilated().slice(1)) });
    expect(plain.normalization).toEqual(NORMALIZATION);
  });

  it("may have dilated convolutions only where these are frozen", async () => {
    const network = await write(dilated());
    await expect(open({ network })).rejects.toThrow(UserError);
    await expect(open({ network })).rejects.toThrow(/layer "wide" is dilated, .* --freeze/);
    const { trunk } = await open({ network, freeze: "wide" });
    expect(trunk?.shape).toEqual([SIZE - 4, SIZE - 4, 4]);
  });
});

describe("a seed", () => {
  it("gives the same network, another seed another", async () => {
    const first = embed(await open({ seed: 1 }));
    expect(embed(await open({ seed: 1 }))).toEqual(first);
    expect(embed(await open({ seed: 2 }))).not.toEqual(first);
  });
});
