import { type LayersModel, loadLayersModel, model } from "@tensorflow/tfjs-layers";
import { UserError } from "../error.ts";
import type { Artifacts } from "./artifacts.ts";
// Takes the place of that of tfjs-layers in what is loaded.
import "./layers/batchNormalization.ts";

/**
 * Makes the model of a tfjs `model.json`, functional or sequential.
 *
 * @param path for what is said about it
 * @returns a functional model
 * @throws UserError where it is not a LayersModel that tfjs-layers knows
 */
export async function loadModel(
  path: string,
  { json, specs, data }: Artifacts,
): Promise<LayersModel> {
  const { modelTopology, format } = json;
  if (!modelTopology || format === "graph-model") {
    throw new UserError(
      `${path} is not a LayersModel, but ${format ?? "weights without layers"}; ` +
        "convert one with tensorflowjs_converter --output_format=tfjs_layers_model",
    );
  }
  const artifacts = { modelTopology, weightSpecs: specs, weightData: data };
  const loaded = await loadLayersModel({ load: () => Promise.resolve(artifacts) }).catch(
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${path} does not load: ${reason}`);
    },
  );
  // A sequential model's topology reads differently.
  return model({ inputs: loaded.inputs, outputs: loaded.outputs, name: loaded.name });
}
