import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../error.ts";
import { type Artifacts, readArtifacts } from "../artifacts.ts";
import { loadModel } from "../load.ts";
import { topologyOf } from "../topology.ts";
import { gluon } from "./gluon.ts";
import type { Pretrained, SourceTensor } from "./pretrained.ts";
import { readSafetensors } from "./safetensors.ts";
import { placeOf, type Scheme } from "./scheme.ts";
import { timm } from "./timm.ts";
import { torchvision } from "./torchvision.ts";

const SCHEMES: Scheme[] = [gluon, timm, torchvision];

/** @param extra what the file says beside its tensors */
function recognise(path: string, tensors: Map<string, SourceTensor>, extra: unknown): Pretrained {
  const scheme = SCHEMES.find(({ sign }) => tensors.has(sign));
  if (!scheme) {
    const known = SCHEMES.map(({ library, sign }) => `${library} (${sign})`);
    throw new UserError(
      `${path} does not hold a MobileNetV2 in the names of ${known.join(", ")}; ` +
        `its first tensor is "${[...tensors.keys()][0]}"`,
    );
  }
  const variant = scheme.variant(extra);
  const strided = variant.strided ? `, stride 2 at bottlenecks ${variant.strided.join(", ")}` : "";
  return {
    architecture: `MobileNetV2 in the names of ${scheme.library}${strided}`,
    tensors,
    nameOf: (weight) => scheme.nameOf(placeOf(weight)),
    layout: scheme.layout,
    variant,
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
 * Reads pretrained weights: a tfjs LayersModel whose names are the network's own, or a MobileNetV2 as
 * a tfjs weights manifest (MXNet's names) or a safetensors file (timm's or torchvision's).
 *
 * @throws UserError where they are missing, broken or of an unknown kind
 */
export async function readPretrained(path: string): Promise<Pretrained> {
  if (path.endsWith(".safetensors")) return recognise(path, await readSafetensors(path), {});
  const artifacts = await readArtifacts(path);
  if (artifacts.json.modelTopology) return ofLayersModel(path, artifacts);
  return recognise(path, decode(artifacts), artifacts.json);
}
