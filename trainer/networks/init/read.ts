import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as z from "zod";
import { parseJson } from "../../../shared/json.ts";
import { UserError } from "../../error.ts";
import { type Artifacts, readArtifacts } from "../artifacts.ts";
import type { Backbone, WeightScheme } from "../backbones/backbone.ts";
import { BACKBONES, describeSchemes } from "../backbones/registry.ts";
import { loadModel } from "../load.ts";
import { topologyOf } from "../topology.ts";
import type { Pretrained } from "./pretrained.ts";
import { readSafetensors } from "./safetensors.ts";
import type { SourceTensor } from "./sourceTensor.ts";

const SCHEMES = [...Object.entries<Backbone>(BACKBONES)].flatMap(([backbone, { schemes = [] }]) =>
  schemes.map((scheme) => ({ backbone, scheme })),
);

const bears = (tensors: Map<string, SourceTensor>, sign: WeightScheme["sign"]) =>
  Object.entries(sign).every(([name, shape]) => {
    const tensor = tensors.get(name);
    return tensor && (!shape || shape.join() === tensor.shape.join());
  });

/** Finds the scheme of the weights. @param extra content of the file other than tensors */
function recognise(path: string, tensors: Map<string, SourceTensor>, extra: unknown): Pretrained {
  const found = SCHEMES.find(({ scheme }) => bears(tensors, scheme.sign));
  if (!found) {
    throw new UserError(
      `${path} holds the weights of none of the known networks, which are ${describeSchemes()}; ` +
        `its first tensor is "${[...tensors.keys()][0]}"`,
    );
  }
  const { backbone, scheme } = found;
  const { build, note } = scheme.variant(extra);
  return {
    architecture: [`${backbone} in the names of ${scheme.library}`, note]
      .filter(Boolean)
      .join(", "),
    tensors: scheme.prepare?.(tensors) ?? tensors,
    nameOf: scheme.nameOf,
    layout: scheme.layout,
    backbone: { name: backbone, build, classifier: scheme.classifier },
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

const configSchema = z.object({ architecture: z.string() });

/**
 * timm's name of a network whose tensors alone do not tell it: from the `config.json` that timm writes beside
 * the weights, else the name of the file.
 */
async function architectureOf(path: string): Promise<string> {
  const text = await readFile(join(dirname(path), "config.json"), "utf8").catch(() => "");
  const { data } = configSchema.safeParse(parseJson(text));
  return data?.architecture ?? basename(path, ".safetensors");
}

/**
 * Reads pretrained weights: a tfjs LayersModel with the network's own names, or a tfjs weights manifest or
 * safetensors file that follows a scheme of a backbone.
 *
 * @throws UserError if the file is missing, broken or of an unknown kind
 */
export async function readPretrained(path: string): Promise<Pretrained> {
  if (path.endsWith(".safetensors")) {
    return recognise(path, await readSafetensors(path), {
      architecture: await architectureOf(path),
    });
  }
  const artifacts = await readArtifacts(path);
  if (artifacts.json.modelTopology) return ofLayersModel(path, artifacts);
  return recognise(path, decode(artifacts), artifacts.json);
}
