import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { UserError } from "../../error.ts";
import { topologyOf } from "../topology.ts";
import type { Pretrained } from "./pretrained.ts";
import { type InitReport, listNames } from "./report.ts";
import type { SourceTensor } from "./sourceTensor.ts";

/** Makes a tensor in the layout of tfjs. @param weight the network's name of the weight */
function toTensor({ shape, values }: SourceTensor, layout: Pretrained["layout"], weight: string) {
  const tensor = tf.tensor(values, shape);
  if (layout === "tensorflow" || shape.length !== 4) return tensor;
  // OIHW to HWIO; depthwise C1HW to HWC1.
  return tf.transpose(tensor, weight.endsWith("/depthwise_kernel") ? [2, 3, 0, 1] : [2, 3, 1, 0]);
}

/** Settings that change the output of a layer but not the shapes of its weights. */
const SETTINGS = ["strides", "padding", "epsilon", "activation", "dilationRate", "maxValue"];

/** Compares layers by name. @throws UserError if a layer of the file has other settings */
function expectSameLayers(model: LayersModel, layers: Pretrained["layers"] = []): void {
  const theirs = new Map(layers.map(({ name, config }) => [name, config]));
  for (const { name, config } of topologyOf(model).layers) {
    const other = theirs.get(name);
    const setting = other && SETTINGS.find((key) => different(config[key], other[key]));
    if (setting !== undefined) {
      throw new UserError(
        `layer "${name}" has ${setting} ${JSON.stringify(other?.[setting])} in the pretrained ` +
          `model and ${JSON.stringify(config[setting])} here; use that model itself as --network`,
      );
    }
  }
}

const different = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);

/** The output layer if it is dense: the head, which may start at random. */
function headOf(model: LayersModel): string | undefined {
  const output = model.outputLayers[0]!;
  return output.getClassName() === "Dense" ? output.name : undefined;
}

/**
 * Sets the weights of a network from a file.
 *
 * @throws UserError if shapes differ, or if a tensor other than the head's is missing or, in the file, not used
 */
export function fill(
  model: LayersModel,
  { architecture, tensors, nameOf, layout, layers, backbone }: Pretrained,
): InitReport {
  expectSameLayers(model, layers);
  const unused = new Set(tensors.keys());
  const missing: string[] = [];
  for (const weight of model.weights) {
    const { originalName } = weight;
    const source = nameOf(originalName);
    const found = tensors.get(source);
    if (!found) {
      missing.push(originalName);
      continue;
    }
    tf.tidy(() => {
      const tensor = toTensor(found, layout, originalName);
      if (tensor.shape.join() !== weight.shape.join()) {
        throw new UserError(
          `pretrained tensor "${source}" is [${found.shape.join(", ")}], but the network's ` +
            `"${originalName}" is [${weight.shape.join(", ")}]; check that --width is that of the weights`,
        );
      }
      weight.write(tensor);
    });
    unused.delete(source);
  }
  const head = headOf(model);
  const lacking = missing.filter((name) => !name.startsWith(`${head}/`));
  if (lacking.length > 0) {
    throw new UserError(
      `the pretrained weights lack ${lacking.length} of the network's ${model.weights.length} ` +
        `tensors: ${listNames(lacking.map(nameOf))}`,
    );
  }
  const left = [...unused].filter((name) => backbone && !backbone.classifier.test(name));
  if (left.length > 0) {
    throw new UserError(
      `the pretrained weights are not those of ${backbone?.name}: they have ${left.length} more ` +
        `tensors, ${listNames(left)}`,
    );
  }
  const shapes = [...tensors].flatMap(([name, { shape }]) =>
    unused.has(name) ? [`${name} [${shape.join(", ")}]`] : [],
  );
  const matched = model.weights.length - missing.length;
  return { architecture, matched, missing, unused: shapes };
}
