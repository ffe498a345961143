import { existsSync } from "node:fs";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { networkSchema } from "../../shared/network/schema.ts";
import { inferShapes, NetworkError } from "../../shared/network/shapes.ts";
import type { Normalization } from "../../shared/normalize.ts";
import type { Config } from "../runs/config.ts";
import { UserError } from "../error.ts";
import { exportNetwork } from "../export/network.ts";
import { readArtifacts } from "./artifacts.ts";
import { featuresOf } from "./features.ts";
import { BACKBONE_NAMES, backboneNamed } from "./backbones/registry.ts";
import { fill } from "./init/fill.ts";
import type { Pretrained } from "./init/pretrained.ts";
import { readPretrained } from "./init/read.ts";
import type { InitReport } from "./init/report.ts";
import { weightsPath } from "../weights/weights.ts";
import { loadModel } from "./load.ts";
import { takeRescaling } from "./rescaling.ts";
import { inputLayer, rebuild, topologyOf } from "./topology.ts";

type NetworkConfig = Pick<
  Config,
  "network" | "width" | "size" | "dimensions" | "init" | "featureLayer"
>;

/** A network that turns images into features. */
export interface OpenedNetwork {
  /** From [n, size, size, 3] to [n, c]. */
  model: LayersModel;
  /** Whether the last layer computes the embedding, so that no head is needed. */
  hasHead: boolean;
  /** What it expects of images, where the model itself says so. */
  normalization?: Normalization;
  /** Which pretrained weights were used. */
  report?: InitReport;
}

/** Loads a model from disk. If it leaves the image size open, it is rebuilt for images of `size`. */
async function openModel(path: string, size: number): Promise<LayersModel> {
  if (!existsSync(path)) {
    throw new UserError(
      `--network ${path} is neither one of ${BACKBONE_NAMES.join(", ")} nor a file or folder`,
    );
  }
  const model = await loadModel(path, await readArtifacts(path));
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new UserError(
      `${path} has ${model.inputs.length} inputs and ${model.outputs.length} outputs; it must have one of each`,
    );
  }
  const [, height, width, channels] = model.inputs[0]!.shape;
  if (model.inputs[0]!.rank !== 4 || channels !== 3) {
    const shape = model.inputs[0]!.shape.slice(1).map((length) => length ?? "any");
    throw new UserError(`${path} reads [${shape.join(", ")}], not an image [height, width, 3]`);
  }
  if ((height ?? size) !== (width ?? size)) {
    throw new UserError(
      `${path} reads images of ${width}x${height}; only square inputs are supported`,
    );
  }
  const own = height ?? width;
  if (own !== null && own !== undefined && own !== size) {
    throw new UserError(`${path} reads images of ${own}x${own}: pass --size ${own}, not ${size}`);
  }
  if (height === size && width === size) return model;
  const { name, layers } = topologyOf(model);
  const image = model.inputLayers[0]!.name;
  const fixed = layers.map((layer) =>
    layer.name === image ? inputLayer(image, [null, size, size, 3]) : layer,
  );
  const to = model.outputLayers[0]!.name;
  const rebuilt = rebuild(model, { name, layers: fixed, from: image, to });
  model.dispose();
  return rebuilt;
}

/** Checks before training that the edge can run the model. @throws UserError that names the layer if not */
function expectExportable(model: LayersModel, path: string, size: number): void {
  const network = networkSchema.safeParse(exportNetwork(model).network);
  if (!network.success) {
    const { path: at, message } = network.error.issues[0]!;
    throw new UserError(
      `${path}: layer ${String(at[0])} at ${at.slice(1).join(".")}: ${message}; the edge cannot run that`,
    );
  }
  try {
    inferShapes(network.data, { width: size, height: size });
  } catch (error) {
    throw error instanceof NetworkError ? new UserError(`${path}: ${error.message}`) : error;
  }
}

async function build(
  config: NetworkConfig,
  seed: number,
  pretrained: Pretrained | undefined,
): Promise<LayersModel> {
  const { network, size } = config;
  // Pretrained weights build the variant of the network that they fit.
  const { name, build } = pretrained?.backbone ?? { name: network };
  if (name !== network) {
    throw new UserError(
      `the pretrained weights are those of ${name}, the network is ${network}: pass --network ${name}, or other weights (--init)`,
    );
  }
  const backbone = backboneNamed(network);
  if (!backbone) return openModel(network, size);
  return (build ?? backbone.build)(config, seed);
}

/**
 * Opens the network of a config with its pretrained weights.
 *
 * @param seed for the weights that start at random
 * @throws UserError if a file, a size or a layer does not fit
 */
export async function openNetwork(config: NetworkConfig, seed: number): Promise<OpenedNetwork> {
  const { network, init, featureLayer, size } = config;
  const pretrained = init === undefined ? undefined : await readPretrained(await weightsPath(init));
  const built = await build(config, seed, pretrained);
  const report = pretrained && fill(built, pretrained);
  const backbone = backboneNamed(network);
  if (backbone && featureLayer === undefined) {
    return { model: built, hasHead: backbone.hasHead ?? false, report };
  }
  const features = featuresOf(built, featureLayer);
  const dropped = built.layers.filter((layer) => !features.layers.includes(layer));
  for (const layer of dropped) layer.dispose();
  const scaled = takeRescaling(features);
  if (scaled) features.dispose();
  const model = scaled?.model ?? features;
  expectExportable(model, network, size);
  return { model, hasHead: false, normalization: scaled?.normalization, report };
}
