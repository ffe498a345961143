import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import {
  INPUT,
  type Layer,
  layerSchema,
  type Network,
  type Padding,
} from "../../shared/network/schema.ts";
import type { Package } from "../../shared/package/codec.ts";
import { outputChannels } from "../../shared/package/quantize.ts";
import { UserError } from "../error.ts";
import { type KerasLayer, readZeros, writeLayer } from "./writers.ts";

/** A layer with weights, which a batch norm or an activation can be folded into. */
type Weighted = Extract<Layer, { op: "conv2d" | "depthwise_conv2d" | "dense" }>;

const isWeighted = (layer: Layer): layer is Weighted =>
  layer.op === "conv2d" || layer.op === "depthwise_conv2d" || layer.op === "dense";

/** Layers that change their input in training only. */
const IDENTITIES = new Set(["Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout"]);

const values = (layer: KerasLayer) =>
  layer.getWeights().map((tensor) => ({
    shape: tensor.shape,
    values: tensor.dataSync<"float32">(),
  }));

function inputNames(layer: KerasLayer): string[] {
  if (layer.inboundNodes.length !== 1) {
    throw new UserError(`layer "${layer.name}" is used more than once, which the edge cannot run`);
  }
  return layer.inboundNodes[0]!.inboundLayers.map(({ name }) => name);
}

/** A batch norm at inference: y = x * scale + shift, per channel. */
function affine(norm: KerasLayer): { scale: Float32Array; shift: Float32Array } {
  const { epsilon, ...has } = z
    .object({ epsilon: z.number(), scale: z.boolean(), center: z.boolean() })
    .parse(norm.getConfig());
  const weights = values(norm).map((weight) => weight.values);
  const gamma = has.scale ? weights.shift() : undefined;
  const beta = has.center ? weights.shift() : undefined;
  const [mean, variance] = weights;
  if (!mean || !variance) throw new Error(`"${norm.name}" has no moving mean and variance`);
  const scale = variance.map((v, c) => (gamma ? gamma[c]! : 1) / Math.sqrt(v + epsilon));
  return { scale, shift: mean.map((m, c) => (beta ? beta[c]! : 0) - m * scale[c]!) };
}

/**
 * The padding of a ZeroPadding2D, for the convolution that absorbs it.
 *
 * @throws UserError if anything but one convolution reads it
 */
function fusedZeros(padding: KerasLayer, readers: KerasLayer[]): Padding {
  const zeros = readZeros(padding);
  const [reader, ...others] = readers;
  const single = reader && others.length === 0;
  if (single && ["Conv2D", "DepthwiseConv2D"].includes(reader.getClassName())) {
    const convolution = writeLayer(reader, [padding.name]);
    const padded = layerSchema.safeParse({ ...convolution, padding: zeros });
    if ("padding" in convolution && convolution.padding === "valid" && padded.success) return zeros;
  }
  throw new UserError(
    `layer "${padding.name}" is a ZeroPadding2D of [${zeros.join(", ")}] zeros read by ` +
      `${readers.map(({ name }) => `"${name}"`).join(" and ") || "nothing"}; the edge can run it ` +
      'only where one convolution of padding "valid" and a larger kernel reads it',
  );
}

/** A network as data, with its weights. */
export interface Exported {
  network: Network;
  tensors: Package["tensors"];
}

/**
 * Writes a LayersModel as data. Batch norms and activations are folded into the layer before them, zero padding
 * into the convolution after it. Dropout and noise are left out.
 *
 * @throws UserError that names the layer if the edge cannot run one
 */
export function exportNetwork(model: LayersModel): Exported {
  const network: Network = [];
  const tensors: Package["tensors"] = new Map();
  /** For each Keras layer, the written layer that gives the same output. */
  const writtenAs = new Map<string, string>();
  /** Written layers that more than one layer reads, so that nothing can be folded into them. */
  const shared = new Set<string>();
  /** The padding that the reader of a ZeroPadding2D absorbs. */
  const zeros = new Map<string, Padding>();
  const all = model.layers.flatMap((layer) =>
    layer.getClassName() === "InputLayer" ? [] : [{ layer, reads: inputNames(layer) }],
  );
  const readers = (name: string) =>
    all.flatMap(({ layer, reads }) => (reads.includes(name) ? [layer] : []));

  for (const name of model.inputLayers.map((input) => input.name)) writtenAs.set(name, INPUT);
  for (const { layer, reads } of all) {
    const inputs = reads.map((name) => writtenAs.get(name) ?? name);
    for (const [i, name] of reads.entries()) if (readers(name).length > 1) shared.add(inputs[i]!);
    const before = network.find(({ name }) => name === inputs[0]);
    const open = before && isWeighted(before) && before.activation === "linear";
    const target = open && !shared.has(before.name) ? before : undefined;
    const type = layer.getClassName();
    if (IDENTITIES.has(type) || type === "ZeroPadding2D") {
      writtenAs.set(layer.name, inputs[0]!);
      if (type === "ZeroPadding2D") zeros.set(layer.name, fusedZeros(layer, readers(layer.name)));
      continue;
    }
    if (type === "BatchNormalization") {
      if (!target) {
        throw new UserError(
          `layer "${layer.name}" is a BatchNormalization that does not directly follow a ` +
            "convolution or dense layer without activation, so it cannot be folded for the edge",
        );
      }
      fold(tensors, target, affine(layer));
      writtenAs.set(layer.name, target.name);
      continue;
    }
    const written = writeLayer(layer, inputs);
    if ("kernelSize" in written) written.padding = zeros.get(reads[0]!) ?? written.padding;
    if (written.op === "activation" && target) {
      const { activation, slope } = written;
      Object.assign(target, { activation, ...(slope !== undefined && { slope }) });
      writtenAs.set(layer.name, target.name);
      continue;
    }
    network.push(written);
    writtenAs.set(layer.name, written.name);
    if (isWeighted(written)) {
      const [kernel, given] = values(layer);
      if (!kernel) throw new Error(`"${layer.name}" has no kernel`);
      const bias = given ?? zeroBias(kernel.shape, written);
      tensors.set(`${written.name}/kernel`, kernel).set(`${written.name}/bias`, bias);
    }
  }
  const output = writtenAs.get(model.outputLayers[0]!.name);
  if (output !== network[network.length - 1]!.name) {
    throw new UserError(`the model's output "${output}" is not its last layer`);
  }
  return { network, tensors };
}

/**
 * Joins two networks. The second reads the output of the first.
 *
 * @param tail exported from the other half of a cut (networks/cut.ts), so no name occurs in both
 */
export function joinNetworks(trunk: Exported, tail: Exported): Exported {
  const end = trunk.network[trunk.network.length - 1]!.name;
  const rest = tail.network.map((layer): Layer => {
    const inputs = layer.inputs.map((name) => (name === INPUT ? end : name));
    return layerSchema.parse({ ...layer, inputs });
  });
  return {
    network: [...trunk.network, ...rest],
    tensors: new Map([...trunk.tensors, ...tail.tensors]),
  };
}

function zeroBias(kernel: number[], { op }: Weighted): { shape: number[]; values: Float32Array } {
  const size = outputChannels(kernel, op === "depthwise_conv2d");
  return { shape: [size], values: new Float32Array(size) };
}

/** Folds y = x * scale + shift into the weights of the layer that computes x. */
function fold(
  tensors: Package["tensors"],
  { name }: Weighted,
  { scale, shift }: ReturnType<typeof affine>,
): void {
  const kernel = tensors.get(`${name}/kernel`);
  const bias = tensors.get(`${name}/bias`);
  if (!kernel || !bias) throw new Error(`layer "${name}" has no weights`);
  kernel.values = kernel.values.map((weight, i) => weight * scale[i % scale.length]!);
  bias.values = bias.values.map((value, c) => value * scale[c]! + shift[c]!);
}
