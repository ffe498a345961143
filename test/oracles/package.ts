import type { Network } from "../../shared/network/schema.ts";
import { inferShapes } from "../../shared/network/shapes.ts";
import type { Package, PackageContent } from "../../shared/package/codec.ts";
import { FORMAT } from "../../shared/package/manifest.ts";
import { pddmWeights } from "../../shared/pddm/form.ts";
import { numbers, size } from "./numbers.ts";

const network: Network = [
  {
    op: "depthwise_conv2d",
    name: "depthwise",
    inputs: ["input"],
    depthMultiplier: 2,
    kernelSize: [3, 3],
    strides: [2, 2],
    padding: "same",
    activation: "relu6",
  },
  { op: "global_average_pool2d", name: "pool", inputs: ["depthwise"] },
  { op: "dense", name: "features", inputs: ["pool"], units: 4, activation: "linear" },
];

/** What a whole and valid package states. */
export const content: PackageContent = {
  format: FORMAT,
  name: "tiny",
  created: "2026-01-02T03:04:05Z",
  input: {
    width: 8,
    height: 8,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.3, 0.4],
    resize: "stretch-triangle",
  },
  embedding: { dimensions: 4 },
  network,
  pddm: { form: "residual", hidden: 3 },
  calibration: {
    slope: 2,
    intercept: -1,
    prior: 0.5,
    classes: "held-out",
    pairs: { positive: 10, negative: 20 },
  },
  ranking: { by: "s", recallAt1: { d: 0.5, s: 0.75 }, classes: "held-out", queries: 8 },
  quantization: { scheme: "int8-per-output-channel" },
  training: {
    dataset: {
      name: "numbers",
      fingerprint: "0".repeat(64),
      images: 16,
      trainClasses: 4,
      testClasses: 4,
    },
    method: "none",
    seed: 1,
    config: { steps: 3, nested: { b: 1, a: [1, 2] } },
    metrics: { float32: { "1": 0.5 }, exported: { "1": 0.25 } },
    versions: { node: "20" },
  },
};

/**
 * The same with kernels of several thousand weights, which are the ones that are quantized: of the
 * depthwise convolution [3, 3, 3, 256], of the dense layer [768, 64].
 */
export const wide: PackageContent = {
  ...content,
  embedding: { dimensions: 64 },
  pddm: { form: "residual", hidden: 64 },
  network: content.network.map((layer) => {
    if (layer.op === "depthwise_conv2d") return { ...layer, depthMultiplier: 256 };
    return layer.op === "dense" ? { ...layer, units: 64 } : layer;
  }),
};

/** Weights for such a package. */
export function packageTensors({
  network,
  input,
  embedding,
  pddm,
}: Pick<PackageContent, "network" | "input" | "embedding" | "pddm"> = content): Package["tensors"] {
  const specs = [
    ...inferShapes(network, input).weights,
    ...pddmWeights(pddm, embedding.dimensions),
  ];
  return new Map(
    specs.map(({ name, shape }, i) => [name, { shape, values: numbers(size(shape), i + 1) }]),
  );
}
