import { layers, type LayersModel, model } from "@tensorflow/tfjs-layers";
import { UserError } from "../error.ts";
import { chain } from "./layers/chain.ts";

type Layer = LayersModel["layers"][number];

const before = (layer: Layer): Layer => layer.inboundNodes[0]!.inboundLayers[0]!;

/** The layer that the classifier reads, or the last layer if there is no classifier. */
function lastFeature(all: LayersModel): Layer {
  let layer = all.outputLayers[0]!;
  const softmax = ["Softmax", "Activation"].includes(layer.getClassName());
  if (softmax && before(layer).getClassName() === "Dense") layer = before(layer);
  if (layer.getClassName() !== "Dense") return layer;
  layer = before(layer);
  while (layer.getClassName() === "Dropout") layer = before(layer);
  return layer;
}

function layerOf(all: LayersModel, name: string): Layer {
  const layer = all.layers.find((it) => it.name === name);
  if (layer) return layer;
  const last = all.layers.slice(-8).map((it) => it.name);
  throw new UserError(
    `the network has no layer "${name}" (--feature-layer); it ends in ${last.join(", ")}`,
  );
}

/**
 * The part of a model up to its features, without the classifier. If the features are a map, they are pooled
 * over all positions.
 *
 * @param name the layer that computes the features; the default is the input of the final dense layer
 * @returns a model to [n, c] that shares the layers of `all`
 * @throws UserError if there is no such layer, or its output is neither a vector nor a map
 */
export function featuresOf(all: LayersModel, name?: string): LayersModel {
  const layer = name === undefined ? lastFeature(all) : layerOf(all, name);
  const { output } = layer;
  if (Array.isArray(output)) throw new UserError(`layer "${layer.name}" has several outputs`);
  if (output.rank === 2) return model({ inputs: all.inputs, outputs: output });
  if (output.rank !== 4) {
    throw new UserError(
      `layer "${layer.name}" gives [${output.shape.slice(1).join(", ")}] for an image, ` +
        "neither a vector nor a map of features; name another layer (--feature-layer)",
    );
  }
  const pool = layers.globalAveragePooling2d({ name: "feature-pool" });
  return model({ inputs: all.inputs, outputs: chain(output, pool) });
}
