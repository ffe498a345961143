import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../error.ts";
import { type Artifacts, readArtifacts } from "../artifacts.ts";
import type { Backbone } from "../backbones/backbone.ts";
import { BACKBONES } from "../backbones/registry.ts";
import { loadModel } from "../load.ts";
import { topologyOf } from "../topology.ts";
import type { Pretrained, SourceTensor } from "./pretrained.ts";
import { readSafetensors } from "./safetensors.ts";

const SCHEMES = [...Object.entries<Backbone>(BACKBONES)].flatMap(([backbone, { schemes = [] }]) =>
  schemes.map((scheme) => ({ backbone, scheme })),
);

/** Finds the scheme of the weights. @param extra content of the file other than tensors */
function recognise(path: string, tensors: Map<string, SourceTensor>, extra: unknown): Pretrained {
  const found = SCHEMES.find(({ scheme }) => tensors.has(scheme.sign));
  if (!found) {
    const known = SCHEMES.map(
      ({ backbone, scheme }) => `${backbone} by ${scheme.library} (${scheme.sign})`,
    );
    throw new UserError(
      `${path} follows none of the known naming schemes: ${known.join(", ")}; ` +
        `its first tensor is "${[...tensors.keys()][0]}"`,
    );
  }
  const { backbone, scheme } = found;
  const { build, note } = scheme.variant(extra);
  return {
    architecture: [`${backbone} in the names of ${scheme.library}`, note]
      .filter(Boolean)
      .join(", "),
    tensors,
    nameOf: scheme.nameOf,
    layout: scheme.layout,
    backbone: { name: backbone, build },
  };
}

function decode({ data, specs }: Artifacts): Map<string, SourceTensor> {
  const tensors = Object.entries(tf.io.decodeWeights(data, specs));
  return new Map(
    tensors.map(([name, tensor]) => {
      const values = Float32Array.from(tensor.dataSync());
      tensor.dispose();
      return [name, { shape: tensor.shape, values }];
    }),
  );
}

async function ofLayersModel(path: string, artifacts: Artifacts): Promise<Pretrained> {
  const model = await loadModel(path, artifacts);
  const { layers } = topologyOf(model);
  model.dispose();
  return {
    architecture: `LayersModel "${model.name}"`,
    tensors: decode(artifacts),
    nameOf: (weight) => weight,
    layout: "tensorflow",
    layers,
  };
}

/**
 * Reads pretrained weights: a tfjs LayersModel with the network's own names, or a tfjs weights manifest or
 * safetensors file that follows a scheme of a backbone.
 *
 * @throws UserError if the file is missing, broken or of an unknown kind
 */
export async function readPretrained(path: string): Promise<Pretrained> {
  if (path.endsWith(".safetensors")) return recognise(path, await readSafetensors(path), {});
  const artifacts = await readArtifacts(path);
  if (artifacts.json.modelTopology) return ofLayersModel(path, artifacts);
  return recognise(path, decode(artifacts), artifacts.json);
}
