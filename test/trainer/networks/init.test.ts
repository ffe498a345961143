import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeSafetensors } from "../../../shared/package/safetensors.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { UserError } from "../../../trainer/error.ts";
import { exportNetwork } from "../../../trainer/export/network.ts";
import { describeInit } from "../../../trainer/networks/init/report.ts";
import { readSafetensors } from "../../../trainer/networks/init/safetensors.ts";
import { buildMobileNetV2 } from "../../../trainer/networks/backbones/mobilenetv2/build.ts";
import { openNetwork } from "../../../trainer/networks/open.ts";
import { buildSmall } from "../../../trainer/networks/backbones/small.ts";
import { each, numbers } from "../../oracles/numbers.ts";
import { disturb } from "../export/same.ts";
import { bytesOf, type Tensors, writeManifest, writeModel } from "./files.ts";

type LayersModel = tfl.LayersModel;

let folder = "";
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "init-"));
});
afterAll(() => rm(folder, { recursive: true }));

const CONFIG = { network: "mobilenetv2", width: 0.35, size: 32, dimensions: 8 };
const open = (changes: object) => openNetwork({ ...CONFIG, ...changes }, 7);

const weightsOf = (model: LayersModel) =>
  model.layers.flatMap((layer) =>
    layer
      .getWeights()
      .map((weight, i): [string, number[], Float32Array] => [
        layer.weights[i].originalName,
        weight.shape,
        weight.dataSync<"float32">(),
      ]),
  );
/** Fails unless all weights are the same numbers, and strides, padding and epsilon the same. */
function expectSame(actual: LayersModel, expected: LayersModel): void {
  const [a, b] = [weightsOf(actual), weightsOf(expected)];
  expect(a.map(([name, shape]) => [name, shape])).toEqual(b.map(([name, shape]) => [name, shape]));
  const differing = a.filter(([, , values], i) => !bytesOf(values).equals(bytesOf(b[i][2])));
  expect(differing.map(([name]) => name)).toEqual([]);
  const [c, d] = [exportNetwork(actual), exportNetwork(expected)];
  expect(c.network).toEqual(d.network);
  const biases = (tensors: typeof c.tensors) => tensors.get(`${c.network[0].name}/bias`)?.values;
  expect(biases(c.tensors)).toEqual(biases(d.tensors));
}

/** The modules of each library's MobileNetV2 in the order that they run: convolution, batch norm, ... */
const MODULES = {
  gluon: [
    "conv0",
    "batchnorm0",
    ...each(17).flatMap((block) =>
      [0, 1, 2].flatMap((i) => [
        `linearbottleneck${block}_conv${i}`,
        `linearbottleneck${block}_batchnorm${i}`,
      ]),
    ),
    "conv1",
    "batchnorm1",
  ],
  timm: [
    "conv_stem",
    "bn1",
    "blocks.0.0.conv_dw",
    "blocks.0.0.bn1",
    "blocks.0.0.conv_pw",
    "blocks.0.0.bn2",
    ...["1.0", "1.1", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2", "3.3"]
      .concat(["4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0"])
      .flatMap((block) =>
        ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"].map(
          (module) => `blocks.${block}.${module}`,
        ),
      ),
    "conv_head",
    "bn2",
  ],
  torchvision: [
    "features.0.0",
    "features.0.1",
    ...["0.0", "0.1", "1", "2"].map((module) => `features.1.conv.${module}`),
    ...each(16).flatMap((i) =>
      ["0.0", "0.1", "1.0", "1.1", "2", "3"].map((module) => `features.${i + 2}.conv.${module}`),
    ),
    "features.18.0",
    "features.18.1",
  ],
};
const NAMES = {
  gluon: ["_weight", "_gamma", "_beta", "_running_mean", "_running_var"],
  timm: [".weight", ".weight", ".bias", ".running_mean", ".running_var"],
  torchvision: [".weight", ".weight", ".bias", ".running_mean", ".running_var"],
};

/** [height, width, in, out] as [out, in, height, width]; depthwise kernels as [channels, 1, ...]. */
function toPyTorch(values: Float32Array, [height, width, ins, outs]: number[]) {
  const depthwise = outs === 1;
  const [first, second] = depthwise ? [ins, 1] : [outs, ins];
  const moved = each(first * second * height * width).map((at) => {
    const x = at % width;
    const y = Math.floor(at / width) % height;
    const b = Math.floor(at / (width * height)) % second;
    const a = Math.floor(at / (width * height * second));
    const [i, o] = depthwise ? [a, 0] : [b, a];
    return values[((y * width + x) * ins + i) * outs + o];
  });
  return { shape: [first, second, height, width], values: Float32Array.from(moved) };
}

/** A model's weights as a library would name and lay them out. */
function tensorsOf(model: LayersModel, library: keyof typeof MODULES): Tensors {
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  expect(layers).toHaveLength(MODULES[library].length);
  const tensors: Tensors = new Map();
  layers.forEach((layer, at) => {
    const [kernel, ...norm] = NAMES[library];
    layer.getWeights().forEach((weight, i) => {
      const isKernel = weight.shape.length === 4;
      const values = weight.dataSync<"float32">();
      tensors.set(
        MODULES[library][at] + (isKernel ? kernel : norm[i]),
        isKernel && library !== "gluon"
          ? toPyTorch(values, weight.shape)
          : { shape: weight.shape, values },
      );
    });
  });
  return tensors;
}

const pytorch = { padding: "symmetric", epsilon: 1e-5 } as const;
function source(variant: Partial<Parameters<typeof buildMobileNetV2>[0]> = pytorch): LayersModel {
  const model = buildMobileNetV2({ size: 32, width: 0.35, ...variant }, 1);
  disturb(model);
  return model;
}

async function writeSafetensors(name: string, tensors: Tensors): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  await writeFile(path, encodeSafetensors(tensors));
  return path;
}

describe("pretrained weights of MobileNetV2", () => {
  it("come from a tfjs manifest in MXNet's names, which says where the strides are", async () => {
    const variant = { ...pytorch, epsilon: 2e-5, firstExpansion: true, strided: [1, 3, 10, 13] };
    const model = source(variant);
    const init = join(folder, "gluon");
    const extra = { stride2_blocks: variant.strided, bn_eps: variant.epsilon, licence: "none" };
    await writeManifest(init, tensorsOf(model, "gluon"), extra);
    const { numTensors } = tf.memory();
    const opened = await open({ init });
    expect(tf.memory().numTensors).toBe(numTensors + opened.model.weights.length);
    expectSame(opened.model, model);
    expect(opened.hasHead).toBe(false);
    expect(describeInit(opened.report ?? expect.fail())).toEqual([
      "Pretrained weights: mobilenetv2 in the names of MXNet Gluon, stride 2 at bottlenecks 1, 3, 10, 13",
      "  265 of 265 tensors matched; not used: none; missing: none",
    ]);
  });

  it.each(["timm", "torchvision"] as const)(
    "come from safetensors in %s's names",
    async (library) => {
      const model = source();
      const tensors = tensorsOf(model, library);
      tensors.set("classifier.weight", { shape: [3, 1280], values: numbers(3 * 1280, 1) });
      const init = await writeSafetensors(library, tensors);
      const { model: opened, report } = await open({ init });
      expectSame(opened, model);
      expect(report).toEqual({
        architecture: `mobilenetv2 in the names of ${library}`,
        matched: 260,
        missing: [],
        unused: ["classifier.weight [3, 1280]"],
      });
    },
  );

  it("must be of the network's width", async () => {
    const init = await writeSafetensors("width", tensorsOf(source(), "timm"));
    await expect(open({ init, width: 1 })).rejects.toThrow(UserError);
    await expect(open({ init, width: 1 })).rejects.toThrow(
      '"conv_stem.weight" is [16, 3, 3, 3], but the network\'s "conv0/kernel" is [3, 3, 3, 32]',
    );
  });

  it("must be whole", async () => {
    const tensors = tensorsOf(source(), "timm");
    for (const name of ["weight", "bias"]) tensors.delete(`blocks.4.1.bn2.${name}`);
    const init = await writeSafetensors("holes", tensors);
    await expect(open({ init })).rejects.toThrow(
      "lack 2 of the network's 260 tensors: blocks.4.1.bn2.weight, blocks.4.1.bn2.bias",
    );
  });

  it("must not be those of a larger network", async () => {
    const tensors = tensorsOf(source(), "timm");
    tensors.set("blocks.0.0.se.conv_reduce.weight", { shape: [1], values: numbers(1, 1) });
    const init = await writeSafetensors("larger", tensors);
    await expect(open({ init })).rejects.toThrow(
      "not those of mobilenetv2: they have 1 more tensors, blocks.0.0.se.conv_reduce.weight",
    );
  });

  it("are refused where the network is another, or their names are unknown", async () => {
    const init = await writeSafetensors("other", tensorsOf(source(), "timm"));
    await expect(open({ init, network: "small" })).rejects.toThrow(
      "are those of mobilenetv2, the network is small",
    );
    const unknown = await writeSafetensors(
      "unknown",
      new Map([["w", { shape: [1], values: numbers(1, 1) }]]),
    );
    await expect(open({ init: unknown })).rejects.toThrow('its first tensor is "w"');
    await expect(open({ init: join(folder, "nowhere.safetensors") })).rejects.toThrow("no file");
    await expect(open({ init: folder })).rejects.toThrow(
      "neither a model.json nor a manifest.json",
    );
  });
});

describe("pretrained weights of a LayersModel", () => {
  it("go to the layers of the same names", async () => {
    const model = source({});
    const init = await writeModel(join(folder, "own"), model);
    const { numTensors } = tf.memory();
    const opened = await open({ init });
    expect(tf.memory().numTensors).toBe(numTensors + model.weights.length);
    expectSame(opened.model, model);
    expect(opened.report?.unused).toEqual([]);
  });

  it("may lack the head", async () => {
    const model = buildSmall(32, 8, 1);
    disturb(model);
    const whole = await writeModel(join(folder, "small"), model);
    expectSame((await open({ network: "small", init: whole })).model, model);

    const headless = await writeModel(
      join(folder, "headless"),
      tfl.model({ inputs: model.inputs, outputs: model.getLayer("flat").output }),
    );
    const { model: opened, report } = await open({ network: "small", init: headless });
    expect(report).toMatchObject({
      matched: 15,
      missing: ["embedding/kernel", "embedding/bias"],
      unused: [],
    });
    const of = (it: LayersModel) => it.getLayer("conv3-norm").getWeights()[3].dataSync();
    expect(of(opened)).toEqual(of(model));
  });

  it("must have worked the same", async () => {
    const init = await writeModel(join(folder, "symmetric"), source());
    await expect(open({ init })).rejects.toThrow(
      'layer "conv0" has padding "valid" in the pretrained model and "same" here',
    );
  });
});

describe("a safetensors file", () => {
  const write = async (name: string, header: object, data: Uint8Array) => {
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const path = join(folder, name);
    await writeFile(path, Buffer.concat([length, json, data]));
    return path;
  };

  it("may hold half precision, counters and metadata", async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8000, 0xfc00);
    const path = await write(
      "half.safetensors",
      {
        __metadata__: { format: "pt" },
        half: { dtype: "F16", shape: [7], data_offsets: [8, 22] },
        "bn1.num_batches_tracked": { dtype: "I64", shape: [], data_offsets: [0, 8] },
      },
      Buffer.concat([Buffer.alloc(8), Buffer.from(halves.buffer)]),
    );
    const tensors = await readSafetensors(path);
    expect([...tensors.keys()]).toEqual(["half"]);
    expect(Array.from(tensors.get("half")?.values ?? [])).toEqual([
      1,
      -2,
      0.333251953125,
      65504,
      2 ** -24,
      -0,
      -Infinity,
    ]);
  });

  it.each([
    ["cut off", { a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, '"a" is cut off'],
    ["of other floats", { a: { dtype: "F64", shape: [1], data_offsets: [0, 8] } }, '"a" is F64'],
    ["without shapes", { a: { dtype: "F32" } }, "header does not parse"],
  ])("is refused where it is %s", async (name, header, says) => {
    const path = await write(`${name}.safetensors`, header, Buffer.alloc(4));
    await expect(readSafetensors(path)).rejects.toThrow(UserError);
    await expect(readSafetensors(path)).rejects.toThrow(says);
  });
});
