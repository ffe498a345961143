import { initializers, input, layers, type LayersModel, model } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import type { Config } from "../runs/config.ts";
import { UserError } from "../error.ts";
import { cut } from "./cut.ts";
import { describeInit } from "./init/report.ts";
import { openNetwork } from "./open.ts";
import { single } from "./layers/single.ts";
import { Trunk } from "./trunk.ts";

/** An embedding network, ready to train. */
export interface EmbeddingNetwork {
  /** The frozen first layers, or null if all layers train. */
  trunk: Trunk | null;
  /** The trainable part: from the trunk's output, or the image, to the embedding before normalization. */
  network: LayersModel;
  /** The name of the layer that computes the embedding. */
  head: string;
  /** Of the pixels that the network, or its trunk, reads. */
  normalization: Config["normalization"];
  /** From the same input to the features that the head reads, or null if the network has its own head. */
  backbone: LayersModel | null;
}

const HEAD = "embedding";

const dilationSchema = z.object({ dilationRate: z.array(z.number()) });

function addHead(backbone: LayersModel, dimensions: number, seed: number): LayersModel {
  const kernelInitializer = initializers.glorotNormal({ seed });
  const head = layers.dense({ name: HEAD, units: dimensions, kernelInitializer });
  const outputs = single(head.apply(backbone.outputs[0]!));
  return model({ inputs: backbone.inputs, outputs });
}

/**
 * Opens the network of a config, cuts off its frozen layers and adds the layer that computes the embedding.
 *
 * @param say receives a report on the pretrained weights
 * @throws UserError if the network, its weights or a layer name is invalid
 */
export async function assemble(
  config: Config,
  say: (line: string) => void,
): Promise<EmbeddingNetwork> {
  const opened = await openNetwork(config, config.seed);
  if (opened.report) describeInit(opened.report).forEach((line) => say(line));
  const full = opened.model;
  const { normalization = config.normalization } = opened;
  if (opened.normalization) {
    const { mean, std } = opened.normalization;
    say(`the model scales pixels itself: (RGB / 255 - ${mean[0]}) / ${std[0]}`);
  }
  if (opened.hasHead) {
    if (config.freeze !== "none") {
      throw new UserError(
        `--freeze ${config.freeze}: the ${config.network} network trains as a whole`,
      );
    }
    return { trunk: null, network: full, head: HEAD, normalization, backbone: null };
  }
  const { trunk, backbone } = freeze(full, { ...config, normalization });
  expectGradients(backbone);
  const network = addHead(backbone, config.dimensions, config.seed);
  return { trunk, network, head: HEAD, normalization, backbone };
}

/** tfjs has no gradient of dilated convolutions. @throws UserError that names the first of them */
function expectGradients(trained: LayersModel): void {
  for (const layer of trained.layers) {
    const { data } = dilationSchema.safeParse(layer.getConfig());
    if (data?.dilationRate.some((rate) => rate > 1)) {
      throw new UserError(
        `layer "${layer.name}" is dilated, and tfjs cannot train such convolutions: ` +
          "freeze them with --freeze backbone, or with --freeze and the name of the last",
      );
    }
  }
}

function freeze(
  full: LayersModel,
  { freeze: layer, normalization }: Config,
): { trunk: Trunk | null; backbone: LayersModel } {
  if (layer === "none") return { trunk: null, backbone: full };
  if (layer === "backbone") {
    const features = input({ shape: full.outputs[0]!.shape.slice(1), name: "features" });
    const frozen = new Trunk(full, normalization);
    full.dispose();
    return { trunk: frozen, backbone: model({ inputs: features, outputs: features }) };
  }
  const { trunk, tail } = cut(full, layer);
  const frozen = new Trunk(trunk, normalization);
  trunk.dispose();
  full.dispose();
  return { trunk: frozen, backbone: tail };
}
