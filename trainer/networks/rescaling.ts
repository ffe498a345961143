import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import type { Normalization } from "../../shared/normalize.ts";
import { inputLayer, rebuild, topologyOf } from "./topology.ts";

const configSchema = z.object({ scale: z.number().gt(0), offset: z.number() });

/**
 * Takes out the Rescaling that a model begins with. Such a model reads levels p of 0 to 255, and
 *
 *     p scale + offset = (p / 255 - mean) / std  with  std = 1 / (255 scale)  and  mean = -offset std
 *
 * @param model a functional model that reads images of a fixed size
 * @returns a model with copies of the weights and what it expects of images; undefined if the model begins otherwise
 */
export function takeRescaling(
  model: LayersModel,
): { model: LayersModel; normalization: Normalization } | undefined {
  const { name, layers } = topologyOf(model);
  const image = model.inputLayers[0]!.name;
  const [first, ...others] = layers.filter(({ inboundNodes }) =>
    inboundNodes.flat().some(([read]) => read === image),
  );
  if (first?.className !== "Rescaling" || others.length > 0) return undefined;
  const { data } = configSchema.safeParse(first.config);
  if (!data) return undefined;
  const std = 1 / (255 * data.scale);
  const mean = 0 - data.offset * std;
  const behind = layers.filter((layer) => layer.name !== image && layer.name !== first.name);
  return {
    model: rebuild(model, {
      name,
      layers: [inputLayer(first.name, model.inputs[0]!.shape), ...behind],
      from: first.name,
      to: model.outputLayers[0]!.name,
    }),
    normalization: { mean: [mean, mean, mean], std: [std, std, std] },
  };
}
