import type { LayersModel } from "@tensorflow/tfjs-layers";
import { inferShapes } from "../../../shared/network/shapes.ts";
import {
  encodePackage,
  type Package,
  type PackageContent,
  type PackageFiles,
} from "../../../shared/package/codec.ts";
import { FORMAT, type Manifest } from "../../../shared/package/manifest.ts";
import { pddmWeights } from "../../../shared/pddm/form.ts";
import { DECODING } from "../../../shared/image/frame.ts";
import { type Config, configSchema } from "../../../trainer/runs/config.ts";
import { calibrateInt8 } from "../../../trainer/export/calibrateInt8.ts";
import { exportNetwork } from "../../../trainer/export/network.ts";
import { IMAGENET } from "../../../trainer/data/inputs/normalization.ts";
import { assemble } from "../../../trainer/networks/assemble.ts";
import { seededRandom } from "../../../trainer/random.ts";
import { testPixels } from "../../../workers/bench/data.ts";

/** A network to measure. */
export interface BenchNetwork {
  /** Its name in tables. */
  title: string;
  /** The package's name. */
  name: string;
  config: Pick<Config, "network" | "width" | "size" | "dimensions" | "hidden">;
}

export const benchNetwork = (
  title: string,
  config: Partial<BenchNetwork["config"]> & { size: number },
): BenchNetwork => ({
  title,
  name: title.replace(/[^a-z0-9]+/g, "-"),
  config: { network: "small", width: 1, dimensions: 128, hidden: 32, ...config },
});

/** The network of `npm start`. */
export const QUICK = benchNetwork("small@32", { size: 32, dimensions: 64 });

export const MOBILENET_LARGE = benchNetwork("mobilenetv2-1.0@224", {
  network: "mobilenetv2",
  size: 224,
});

/** The network for HTTP requests: small enough for the free plan, and large enough to be useful. */
export const MOBILENET_SMALL = benchNetwork("mobilenetv2-0.35@96", {
  network: "mobilenetv2",
  width: 0.35,
  size: 96,
});

export const NETWORKS: readonly BenchNetwork[] = [
  MOBILENET_LARGE,
  benchNetwork("mobilenetv2-0.5@128", { network: "mobilenetv2", width: 0.5, size: 128 }),
  MOBILENET_SMALL,
  benchNetwork("googlenet@224", { network: "googlenet", size: 224 }),
  QUICK,
];

/** The network for pairs. Its unit is as wide as the embedding. */
export const PAIRS = benchNetwork("pairs", { size: 32, hidden: 128 });

/** A package that lacks only its quantization. */
export interface Drawn {
  content: Omit<PackageContent, "quantization">;
  tensors: Package["tensors"];
}

const SEED = 1;

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function disposeAll(models: (LayersModel | null)[]): void {
  // Network and backbone share layers, and the first includes them all.
  models[0]?.dispose();
}

/** Makes a network as the trainer does before its first step, with a random unit of the paper's form. */
export async function drawNetwork({ name, config }: BenchNetwork): Promise<Drawn> {
  const full = configSchema.parse({ ...config, data: "none", name, seed: SEED });
  const body = await assemble(full, () => undefined);
  const { network, tensors } = exportNetwork(body.network);
  disposeAll([body.network, body.backbone]);
  const { size, dimensions, hidden } = config;
  const pddm = { form: "published", hidden } as const;
  const random = seededRandom(SEED);
  const all = new Map(tensors);
  for (const { name, shape } of pddmWeights(pddm, dimensions)) {
    const width = Math.sqrt(3 / shape[0]!);
    const values = Float32Array.from({ length: elements(shape) }, () => width * (2 * random() - 1));
    all.set(name, { shape, values });
  }
  const input = { width: size, height: size, ...IMAGENET };
  const content: Drawn["content"] = {
    format: FORMAT,
    name,
    created: "2026-01-01T00:00:00Z",
    input: { ...input, resize: "triangle", fit: "stretch", decode: DECODING },
    embedding: { dimensions },
    network,
    pddm,
    calibration: {
      slope: 1,
      intercept: 0,
      prior: 0.5,
      classes: "training",
      pairs: { positive: 1, negative: 1 },
    },
    ranking: { by: "d", recallAt1: { d: 0, s: 0 }, classes: "training", queries: 1 },
    training: {
      dataset: {
        name: "none",
        fingerprint: "0".repeat(64),
        images: 0,
        trainClasses: 0,
        testClasses: 0,
      },
      method: "none",
      seed: SEED,
      config: {},
      metrics: { float32: {}, exported: {} },
      versions: {},
    },
  };
  return { content, tensors: all };
}

/** Makes the two files of a package. int8 arithmetic is calibrated on the test image. */
export function pack(
  { content, tensors }: Drawn,
  scheme: Manifest["quantization"]["scheme"],
): Promise<PackageFiles> {
  const whole = { ...content, quantization: { scheme } };
  if (scheme !== "int8") return encodePackage(whole, tensors);
  const { network, input } = content;
  const calibration = calibrateInt8(network, tensors, input, testPixels(input));
  return encodePackage(whole, calibration.tensors, calibration.stated);
}

/** Multiplications and additions of the network for one image. */
export function countFlops({ content: { network, input } }: Drawn): number {
  const { outputs } = inferShapes(network, input);
  const outputOf = (name: string) => {
    const shape = outputs.get(name);
    if (!shape) throw new Error(`layer "${name}" has no shape`);
    return shape;
  };
  return network.reduce((sum, layer) => {
    const places = elements(outputOf(layer.name));
    const read = outputOf(layer.inputs[0]);
    const channels = read[read.length - 1]!;
    if (layer.op === "conv2d") return sum + 2 * places * elements(layer.kernelSize) * channels;
    if (layer.op === "depthwise_conv2d") return sum + 2 * places * elements(layer.kernelSize);
    return layer.op === "dense" ? sum + 2 * places * channels : sum;
  }, 0);
}
