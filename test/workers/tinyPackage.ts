import { inferShapes } from "../../shared/network/shapes.ts";
import type { Network } from "../../shared/network/schema.ts";
import {
  encodePackage,
  type Package,
  type PackageContent,
  type PackageFiles,
} from "../../shared/package/codec.ts";
import { FORMAT } from "../../shared/package/manifest.ts";
import { type PddmForm, type PddmShape, pddmWeights } from "../../shared/pddm/form.ts";

const SIZE = 8;
const DIMENSIONS = 6;
const HIDDEN = 5;

const network: Network = [
  {
    op: "conv2d",
    name: "conv",
    inputs: ["input"],
    filters: 4,
    kernelSize: [3, 3],
    strides: [2, 2],
    padding: "same",
    activation: "relu6",
  },
  { op: "global_average_pool2d", name: "pool", inputs: ["conv"] },
  { op: "dense", name: "features", inputs: ["pool"], units: DIMENSIONS, activation: "linear" },
];

function shapeOf(form: PddmForm): PddmShape {
  if (form !== "local") return { form, hidden: HIDDEN };
  return { form, references: 12, neighbours: 3, centroids: 4, temperature: 0.2, profile: 0.4 };
}

/** Uniform values in [-0.5, 0.5) by mulberry32; the same seed gives the same values. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

/** A complete, valid model package of a few kilobytes. Another seed gives another version. */
export async function tinyPackage(
  overrides: {
    name?: string;
    seed?: number;
    scheme?: PackageContent["quantization"]["scheme"];
    form?: PddmForm;
    ranking?: "d" | "s";
  } = {},
): Promise<PackageFiles> {
  const {
    name = "tiny",
    seed = 1,
    scheme = "int8-per-output-channel",
    form = "residual",
    ranking = "d",
  } = overrides;
  const random = seededRandom(seed);
  const content: PackageContent = {
    format: FORMAT,
    name,
    created: "2026-01-02T03:04:05Z",
    input: {
      width: SIZE,
      height: SIZE,
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      resize: "stretch-triangle",
    },
    embedding: { dimensions: DIMENSIONS },
    network,
    pddm: shapeOf(form),
    calibration: {
      slope: 2,
      intercept: 1,
      prior: 0.5,
      classes: "held-out",
      pairs: { positive: 10, negative: 20 },
    },
    ranking: { by: ranking, recallAt1: { d: 0.75, s: 0.5 }, classes: "held-out", queries: 8 },
    quantization: { scheme },
    training: {
      dataset: {
        name: "random",
        fingerprint: "0".repeat(64),
        images: 16,
        trainClasses: 4,
        testClasses: 4,
      },
      method: "none",
      seed,
      config: {},
      metrics: { float32: { "1": 0.5 }, exported: { "1": 0.25 } },
      versions: {},
    },
  };
  const specs = [
    ...inferShapes(network, content.input).weights,
    ...pddmWeights(content.pddm, DIMENSIONS),
  ];
  const tensors: Package["tensors"] = new Map();
  for (const { name, shape } of specs) {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random);
    tensors.set(name, { shape, values });
  }
  // relu6 gives values up to 6, which 7 bits hold in steps of 6 / 127.
  const channels = 4;
  const conv = {
    scale: new Float32Array(channels).fill(6 / 127),
    zero: new Float32Array(channels),
  };
  return encodePackage(content, tensors, new Map([["conv", conv]]));
}
