import { type LayersModel, loadLayersModel, model } from "@tensorflow/tfjs-layers";
import { UserError } from "../error.ts";
import type { Artifacts } from "./artifacts.ts";
// Replace classes of tfjs-layers in models that are loaded, or add some.
import "./layers/batchNormalization.ts";
import "./layers/hardSigmoid.ts";
import "./layers/hardSwish.ts";
import "./layers/identity.ts";
import "./layers/separableConv2d.ts";
import "./layers/spatialDropout.ts";

/**
 * Makes the model of a tfjs `model.json`, functional or sequential.
 *
 * @param path the file, for messages
 * @returns a functional model
 * @throws UserError if it is not a LayersModel that tfjs-layers supports
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
  // The topology of a sequential model has another form.
  return model({ inputs: loaded.inputs, outputs: loaded.outputs, name: loaded.name });
}
