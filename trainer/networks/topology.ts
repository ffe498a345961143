import { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";

/** The layer, the index of its use, the index of its output, then the arguments of the call. */
const readSchema = z.tuple([z.string(), z.number(), z.number()]).rest(z.unknown());
const layerSchema = z.object({
  name: z.string(),
  className: z.string(),
  config: z.record(z.string(), z.unknown()),
  inboundNodes: z.array(z.array(readSchema)),
});
const topologySchema = z.object({ name: z.string(), layers: z.array(layerSchema) });

/** A layer of a model as tfjs-layers' getConfig gives it and fromConfig takes it. */
export type LayerConfig = z.infer<typeof layerSchema>;

/** The topology of a model. @param model a functional model @returns its name, and its layers in order */
export function topologyOf(model: LayersModel): z.infer<typeof topologySchema> {
  return topologySchema.parse(model.getConfig());
}

/** An input with the name of a layer, so that the layers that read that layer now read the input. */
export function inputLayer(name: string, batchInputShape: unknown[]): LayerConfig {
  const config = { batchInputShape, dtype: "float32", sparse: false, name };
  return { name, className: "InputLayer", config, inboundNodes: [] };
}

/**
 * Makes a new model from layers of another, with copies of their weights.
 *
 * @param from the name of the input among `layers`
 * @param to the name of the layer that gives the output
 */
export function rebuild(
  model: LayersModel,
  { name, layers, from, to }: { name: string; layers: LayerConfig[]; from: string; to: string },
): LayersModel {
  const ends = { inputLayers: [[from, 0, 0]], outputLayers: [[to, 0, 0]] };
  const config = { name, layers, ...ends } as Parameters<typeof LayersModel.fromConfig>[1];
  // Starts with zeros, because random weights take longer to make.
  const rebuilt = LayersModel.fromConfig<LayersModel>(LayersModel, config, {}, true);
  for (const layer of rebuilt.layers) {
    if (layer.weights.length > 0) layer.setWeights(model.getLayer(layer.name).getWeights());
  }
  return rebuilt;
}
