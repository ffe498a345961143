import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { type Engine, Model, TFJS } from "../../shared/model.ts";
import { decodePackage, type PackageFiles } from "../../shared/package/codec.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { openReader } from "../../trainer/data/decode/reader.ts";
import { UserError } from "../../trainer/error.ts";
import { ENGINE } from "../../trainer/export/engine.ts";
import { exportPackage, readPackage } from "../../trainer/export/package.ts";
import { chain } from "../../trainer/networks/layers/chain.ts";
import { HardSwish } from "../../trainer/networks/layers/hardSwish.ts";
import { ActivityRegularization, Identity } from "../../trainer/networks/layers/identity.ts";
import { single } from "../../trainer/networks/layers/single.ts";
import { SpatialDropout2D } from "../../trainer/networks/layers/spatialDropout.ts";
import { configSchema } from "../../trainer/runs/config.ts";
import { produce } from "../../trainer/runs/produce.ts";
import { Run } from "../../trainer/runs/run.ts";
import { CLASSES, writePictures } from "../scripts/tinyFolder.ts";
import { disturb } from "../trainer/export/same.ts";
import { writeModel } from "../trainer/networks/files.ts";
import { embed } from "./ask.ts";
import { cosine } from "./cosine.ts";
import { TOKEN, useServers } from "./servers.ts";

/**
 * Models as people make them with Keras, in the form of tfjs. Each trains a step, is exported, and the Worker computes
 * what the trainer does, in int8 and in float32; or it is refused before training.
 */

const SIZE = 16;

type Wire = tfl.SymbolicTensor;
type Layer = tfl.LayersModel["layers"][number];
type Body = (image: Wire) => Wire;

const { activation, add, averagePooling2d, batchNormalization, concatenate, conv2d } = tfl.layers;
const { dense, depthwiseConv2d, dropout, flatten, globalAveragePooling2d } = tfl.layers;
const { globalMaxPooling2d, maxPooling2d, multiply, reLU, rescaling, reshape } = tfl.layers;
const { separableConv2d, zeroPadding2d } = tfl.layers;

const joined = (layer: Layer, ...wires: Wire[]) => single(layer.apply(wires));
const norm = () => batchNormalization();
const relu = () => reLU({});
const conv = (filters: number, kernelSize = 3, more: object = {}) =>
  conv2d({ filters, kernelSize, padding: "same", ...more });
/** Layers one after the other, behind a convolution. */
const behind =
  (...layers: Layer[]): Body =>
  (image) =>
    chain(image, conv(6), ...layers);
/** A layer that the edge cannot run, named odd. */
const odd = (make: (config: { name: string }) => Layer): Body => behind(make({ name: "odd" }));
const ending = (wire: Wire) => (wire.rank === 4 ? chain(wire, globalAveragePooling2d({})) : wire);

/** The models that pass, those with another arithmetic than int8, and those that must be frozen. */
const PASS: [title: string, body: Body, other?: "float32" | "frozen"][] = [
  ["MobileNetV1", behind(norm(), relu(), depthwiseConv2d({ kernelSize: 3 }), norm(), relu())],
  [
    "fire modules (SqueezeNet)",
    (image) => {
      const squeezed = chain(image, conv(4, 1), relu());
      return joined(
        concatenate(),
        chain(squeezed, conv(6, 1), relu()),
        chain(squeezed, conv(6), relu()),
      );
    },
  ],
  [
    "residual blocks (ResNet)",
    (image) => {
      const stem = chain(image, conv(6), relu());
      return chain(joined(add(), stem, chain(stem, conv(6), norm())), relu());
    },
  ],
  ["a sum of three", (image) => joined(add(), ...[1, 3, 5].map((s) => chain(image, conv(5, s))))],
  ["a sum of four", (image) => joined(add(), ...[1, 3, 5, 7].map((s) => chain(image, conv(5, s))))],
  ["means that pad", behind(averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }))],
  ["dropout", behind(dropout({ rate: 0.5 }), relu())],
  ["a softmax top", behind(globalAveragePooling2d({}), dense({ units: 5, activation: "softmax" }))],
  [
    "a depth multiplier",
    behind(depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), relu()),
    "float32",
  ],
  ["separable convolutions (Xception)", behind(separableConv2d({ filters: 8, kernelSize: 3 }))],
  ["a batch norm first", (image) => chain(image, norm(), conv(5))],
  ["a batch norm behind ReLU", behind(relu(), norm())],
  ["a batch norm behind a pool (DenseNet)", behind(relu(), maxPooling2d({ poolSize: 2 }), norm())],
  [
    "a batch norm behind a sum (ResNetV2)",
    (image) => {
      const stem = chain(image, conv(6));
      return chain(joined(add(), stem, chain(stem, norm(), relu(), conv(6))), norm(), relu());
    },
  ],
  [
    "zeros before maxima (Keras' ResNet-50)",
    behind(zeroPadding2d({ padding: 1 }), maxPooling2d({ poolSize: 3, strides: 2 })),
  ],
  [
    "zeros before a convolution",
    behind(zeroPadding2d({ padding: 2 }), conv2d({ filters: 4, kernelSize: 5 })),
  ],
  ["Gaussian noise", behind(tfl.layers.gaussianNoise({ stddev: 1 }), relu())],
  ["Gaussian dropout", behind(tfl.layers.gaussianDropout({ rate: 0.3 }), relu())],
  ["alpha dropout", behind(tfl.layers.alphaDropout({ rate: 0.3 }), relu())],
  ["dropout of channels", behind(new SpatialDropout2D({ rate: 0.3 }), relu())],
  ["layers of no effect", behind(new Identity({}), new ActivityRegularization({}), relu())],
  ["leaky ReLU (Darknet)", behind(norm(), tfl.layers.leakyReLU({ alpha: 0.1 }))],
  ["slopes that train (ArcFace)", behind(norm(), tfl.layers.prelu({ sharedAxes: [1, 2] }))],
  ["ELU", behind(tfl.layers.elu())],
  ["swish", behind(norm(), activation({ activation: "swish" }))],
  ["sigmoid", behind(activation({ activation: "sigmoid" }))],
  ["hard sigmoid", behind(activation({ activation: "hardSigmoid" }))],
  ["hard swish", behind(new HardSwish({}))],
  [
    "a product of images",
    (image) => {
      const map = chain(image, conv(6));
      return joined(multiply(), map, chain(map, activation({ activation: "sigmoid" })));
    },
  ],
  [
    "squeeze and excitation (EfficientNet)",
    (image) => {
      const map = chain(image, conv(8), norm(), activation({ activation: "swish" }));
      const gate = chain(
        map,
        ...[globalAveragePooling2d({}), reshape({ targetShape: [1, 1, 8] })],
        ...[conv(3, 1, { activation: "swish" }), conv(8, 1, { activation: "sigmoid" })],
      );
      return joined(multiply(), map, gate);
    },
  ],
  ["the maximum of each map", behind(relu(), globalMaxPooling2d({}))],
  ["maxima of any window", behind(maxPooling2d({ poolSize: [2, 5], strides: [3, 1] }), relu())],
  ["dilation (DeepLab)", behind(conv(5, 3, { dilationRate: 2 }), relu()), "frozen"],
  [
    "pixels that it scales itself",
    (image) => chain(image, rescaling({ scale: 2 / 255, offset: -1 }), conv(5)),
  ],
  ["a rescaling within", behind(rescaling({ scale: 0.5 }), relu())],
  [
    "a flattened image",
    behind(
      maxPooling2d({ poolSize: 4 }),
      flatten(),
      dense({ units: 9 }),
      relu(),
      dense({ units: 3 }),
    ),
  ],
];

const REFUSED: [title: string, body: Body, sentence: RegExp][] = [
  [
    "layer norms",
    odd((it) => tfl.layers.layerNormalization(it)),
    /^layer "odd" is a LayerNormalization, which the edge cannot run; the nearest that it runs is BatchNormalization\. It runs Conv2D, /,
  ],
  [
    "GELU",
    odd((it) => activation({ ...it, activation: "gelu" })),
    /^layer "odd" \(Activation\) at activation: found "gelu", which the edge cannot run; expected linear, relu, /,
  ],
  [
    "tanh",
    odd((it) => conv(4, 3, { ...it, activation: "tanh" })),
    /^layer "odd" \(Conv2D\) at activation: found "tanh", which the edge cannot run; expected linear, /,
  ],
  [
    "a softmax within",
    (image) => chain(image, conv(4), tfl.layers.softmax({ name: "odd" }), conv(4)),
    /^layer "odd" is a Softmax, which the edge cannot run/,
  ],
  [
    "upsampling",
    odd((it) => tfl.layers.upSampling2d(it)),
    /^layer "odd" is a UpSampling2D, which the edge cannot run/,
  ],
  [
    "transposed convolutions",
    odd((it) => tfl.layers.conv2dTranspose({ ...it, filters: 3, kernelSize: 3 })),
    /^layer "odd" is a Conv2DTranspose, .* the nearest that it runs is Conv2D/,
  ],
  [
    "cropping",
    odd((it) => tfl.layers.cropping2D({ ...it, cropping: 1 })),
    /^layer "odd" is a Cropping2D, which the edge cannot run/,
  ],
  [
    "a slope for each position",
    odd((it) => tfl.layers.prelu(it)),
    /^layer "odd" \(PReLU\) at sharedAxes: found null, .* expected \[1, 2\], a slope for each channel/,
  ],
  [
    "ReLU that ends at 1",
    odd((it) => reLU({ ...it, maxValue: 1 })),
    /^layer "odd" \(ReLU\) at maxValue: found 1, which the edge cannot run/,
  ],
  [
    "depthwise dilation, which tfjs ignores",
    odd((it) => depthwiseConv2d({ ...it, kernelSize: 3, dilationRate: 2 })),
    /^layer "odd" \(DepthwiseConv2D\) at dilationRate: found \[2,2\], .* Conv2D and SeparableConv2D may/,
  ],
  [
    "an image of another shape",
    odd((it) => reshape({ ...it, targetShape: [SIZE * SIZE, 1, 6] })),
    /^layer "odd" \(Reshape\) at targetShape: .* only vectors are made of images/,
  ],
  [
    "images side by side",
    (image) => joined(concatenate({ axis: 1, name: "odd" }), image, image),
    /^layer "odd" \(Concatenate\) at axis: found 1, which the edge cannot run/,
  ],
  [
    "a product of three",
    (image) => joined(multiply({ name: "odd" }), image, image, image),
    /^layer "odd" multiplies 3 inputs, the edge multiplies 2/,
  ],
  [
    "a layer that two places share",
    (image) => {
      const shared = conv(3, 3, { name: "odd" });
      return joined(add(), chain(image, shared), chain(image, conv(3), shared));
    },
    /^layer "odd" is used more than once, which the edge cannot run/,
  ],
  [
    "dilation that trains",
    odd((it) => conv(4, 3, { ...it, dilationRate: 2 })),
    /^layer "odd" is dilated, and tfjs cannot train such convolutions: freeze them with --freeze backbone/,
  ],
];

const servers = useServers();
let folder = "";
let written = 0;
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "keras-"));
  await writePictures(join(folder, "shapes"), CLASSES);
});
afterAll(() => rm(folder, { recursive: true }));

/** Trains a step. @returns the package in int8, where that can be, and in float32 */
async function train(body: Body, freeze: "none" | "backbone"): Promise<PackageFiles[]> {
  const image = tfl.input({ shape: [SIZE, SIZE, 3] });
  const model = tfl.model({ inputs: image, outputs: ending(body(image)) });
  disturb(model);
  const name = `keras-${written++}`;
  const config = configSchema.parse({
    ...{ name, data: join(folder, "shapes"), network: await writeModel(join(folder, name), model) },
    ...{ backend: "wasm", size: SIZE, dimensions: 8, steps: 1, classesPerBatch: 2, freeze },
  });
  const run = new Run(join(folder, "runs", name));
  const ignore = () => undefined;
  let float32: PackageFiles | undefined;
  await produce(run, config, ignore, new AbortController().signal, {
    events: {},
    started: "2026-01-01T00:00:00Z",
    onPackage: async ({ learner, prepared }) => {
      const [record, decisions] = [await run.record(), await run.decisions()];
      const all = [learner, record, prepared, decisions] as const;
      float32 = (await exportPackage(...all, null, "none")).files;
    },
  });
  const { files } = await readPackage(run.packageFolder);
  return [files, float32 ?? expect.fail("no package")];
}

/**
 * The least cosine of the Worker's embeddings with those that the trainer computes. In such narrow networks a step of
 * rounding more or less shows.
 */
async function compare({ name, version, input }: Manifest, files: PackageFiles, engine: Engine) {
  const model = await Model.open(await decodePackage(files), engine);
  const reader = openReader();
  const cosines: number[] = [];
  for (const label of CLASSES) {
    const bytes = new Uint8Array(await readFile(join(folder, "shapes", label, "1.png")));
    const { embeddings } = await embed(servers().apiUrl, `${name}@${version}`, bytes, "image/png");
    cosines.push(cosine(model.embed(reader.read(bytes, input)), embeddings[0]));
  }
  model.dispose();
  return Math.min(...cosines);
}

describe("a model of Keras", () => {
  it.each(PASS)("trains and is served: %s", async (_, body, other) => {
    const { registryUrl } = servers();
    const registry = new RegistryClient(registryUrl, TOKEN);
    const packages = await train(body, other === "frozen" ? "backbone" : "none");
    const schemes: string[] = [];
    for (const files of packages) {
      const { manifest } = await decodePackage(files);
      await registry.publish(manifest, files);
      schemes.push(manifest.quantization.scheme);
      const isInt8 = manifest.quantization.scheme === "int8";
      const least = await compare(manifest, files, isInt8 ? ENGINE : TFJS);
      expect(least, manifest.quantization.scheme).toBeGreaterThanOrEqual(isInt8 ? 0.995 : 0.99999);
    }
    expect(schemes).toEqual([other === "float32" ? "int8-per-output-channel" : "int8", "none"]);
  });

  it.each(REFUSED)("is refused before training: %s", async (_, body, sentence) => {
    const error: unknown = await train(body, "none").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error instanceof Error && error.message).toMatch(sentence);
  });
});
