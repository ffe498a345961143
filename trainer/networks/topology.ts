import { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";

/** Which layer, which of its uses, which of its outputs; then the arguments of the call. */
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

/** @param model a functional model @returns its name and layers, in the order they run */
export function topologyOf(model: LayersModel): z.infer<typeof topologySchema> {
  return topologySchema.parse(model.getConfig());
}

/** An input that stands under a layer's name, so that those that read the layer now read it. */
export function inputLayer(name: string, batchInputShape: unknown[]): LayerConfig {
  const config = { batchInputShape, dtype: "float32", sparse: false, name };
  return { name, className: "InputLayer", config, inboundNodes: [] };
}

/**
 * A new model of layers of another, with copies of the weights of these.
 *
 * @param from the name of the input among `layers`
 * @param to the name of the layer whose output is the model's
 */
export function rebuild(
  model: LayersModel,
  { name, layers, from, to }: { name: string; layers: LayerConfig[]; from: string; to: string },
): LayersModel {
  const ends = { inputLayers: [[from, 0, 0]], outputLayers: [[to, 0, 0]] };
  const config = { name, layers, ...ends } as Parameters<typeof LayersModel.fromConfig>[1];
  // Weights start as zeros, which are faster made than random numbers.
  const rebuilt = LayersModel.fromConfig<LayersModel>(LayersModel, config, {}, true);
  for (const layer of rebuilt.layers) {
    if (layer.weights.length > 0) layer.setWeights(model.getLayer(layer.name).getWeights());
  }
  return rebuilt;
}
