import * as tf from "@tensorflow/tfjs-core";
import { activate } from "../../shared/network/activate.ts";
import { runLayer } from "../../shared/network/run.ts";
import { INPUT, type Layer, type Network } from "../../shared/network/schema.ts";
import { inferShapes } from "../../shared/network/shapes.ts";
import { normalizePixels, takeValues } from "../../shared/normalize.ts";
import type { Package } from "../../shared/package/codec.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import {
  type Activations,
  inputActivations,
  resolveActivations,
  statedLayers,
} from "../../shared/quantization/activations.ts";
import { activationsOf } from "../../shared/quantization/ranges.ts";
import { isConvolution, roundActivations, roundKernel } from "./rounding.ts";

/** The data that int8 arithmetic needs of a network. */
export interface Int8Calibration {
  /** Scale and zero of the activations, for each layer that must state them. */
  stated: Map<string, Activations>;
  /** The weights, with corrected biases. */
  tensors: Package["tensors"];
}

/** The least or largest value of each channel. @param images [n, h, w, c] */
const least = (images: tf.Tensor) => takeValues(tf.min(images, [0, 1, 2]));
const largest = (images: tf.Tensor) => takeValues(tf.max(images, [0, 1, 2]));
const mean = (images: tf.Tensor) => takeValues(tf.mean(images, [0, 1, 2]));

/**
 * Chooses scale and zero of 7-bit activations, and corrects the biases for the effect of rounding.
 *
 * The network runs twice on the same images, layer by layer: in float32, to find the range of every channel,
 * and with weights and activations rounded as in int8 arithmetic. Rounding shifts the mean of each channel by
 * about the same amount for every image, so the bias can compensate it (Nagel et al. 2019, "Data-Free
 * Quantization through Weight Equalization and Bias Correction", section 4.2, with measured means). This halves
 * the error of a MobileNetV2.
 *
 * @param pixels RGB bytes of n images of the input size, from training classes
 */
export function calibrateInt8(
  network: Network,
  tensors: Package["tensors"],
  input: Manifest["input"],
  pixels: Uint8Array,
): Int8Calibration {
  const { width, height } = input;
  const { outputs: shapes } = inferShapes(network, input);
  const statedNames = new Set(statedLayers(network, shapes).map(({ name }) => name));
  const stated = new Map<string, Activations>();
  const corrected = new Map(tensors);
  const lastUse = new Map<string, number>();
  network.forEach(({ inputs }, at) => inputs.forEach((name) => lastUse.set(name, at)));

  const floats = new Map<string, tf.Tensor>();
  const rounded = new Map<string, tf.Tensor>();
  const image = tf.tidy(() => {
    const n = pixels.length / (width * height * 3);
    const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
    return normalizePixels(images, input);
  });
  floats.set(INPUT, image);
  rounded.set(INPUT, roundActivations(image, inputActivations(input)));

  const isImage = ({ name }: Layer) => shapes.get(name)?.length === 3;
  // Vectors matter where images are multiplied by them. Those behind the last image do not.
  network.slice(0, network.findLastIndex(isImage) + 1).forEach((layer, at) => {
    const exact = readAll(floats, layer.inputs);
    const approximate = readAll(rounded, layer.inputs);
    const activations = resolveActivations(network, shapes, input, stated);
    const reads = activations.get(layer.inputs[0]);
    const [output, wrong] =
      isConvolution(layer) && reads
        ? convolve(layer, exact, approximate, corrected, reads)
        : runBoth(layer, exact, approximate, tensors);
    if (statedNames.has(layer.name)) {
      const own = activationsOf({ least: least(output), largest: largest(output) });
      stated.set(layer.name, own);
      rounded.set(layer.name, roundActivations(wrong, own));
      wrong.dispose();
    } else {
      rounded.set(layer.name, wrong);
    }
    floats.set(layer.name, output);
    for (const name of new Set(layer.inputs)) {
      if (lastUse.get(name) !== at) continue;
      tf.dispose([floats.get(name), rounded.get(name)]);
      floats.delete(name);
      rounded.delete(name);
    }
  });
  tf.dispose([...floats.values(), ...rounded.values()]);
  return { stated, tensors: corrected };
}

/** What a layer reads. */
function readAll(values: ReadonlyMap<string, tf.Tensor>, names: string[]): tf.Tensor[] {
  return names.map((name) => {
    const value = values.get(name);
    if (!value) throw new Error(`"${name}" did not run`);
    return value;
  });
}

/** Runs a layer whose weights int8 arithmetic does not round, on both inputs. */
function runBoth(
  layer: Layer,
  exact: tf.Tensor[],
  approximate: tf.Tensor[],
  tensors: Package["tensors"],
): [tf.Tensor, tf.Tensor] {
  return tf.tidy(() => {
    const weights = new Map(
      ["kernel", "bias"].flatMap((kind): [string, tf.Tensor][] => {
        const weight = tensors.get(`${layer.name}/${kind}`);
        return weight ? [[`${layer.name}/${kind}`, tf.tensor(weight.values, weight.shape)]] : [];
      }),
    );
    return [runLayer(layer, exact, weights), runLayer(layer, approximate, weights)];
  });
}

/**
 * Runs a convolution in float32 and rounded, and corrects its bias.
 *
 * @returns both outputs
 */
function convolve(
  layer: Extract<Layer, { op: "conv2d" | "depthwise_conv2d" }>,
  exact: tf.Tensor[],
  approximate: tf.Tensor[],
  tensors: Package["tensors"],
  reads: Activations,
): [tf.Tensor, tf.Tensor] {
  const kernelName = `${layer.name}/kernel`;
  const biasName = `${layer.name}/bias`;
  const kernel = tensors.get(kernelName);
  const bias = tensors.get(biasName);
  if (!kernel || !bias) throw new Error(`layer "${layer.name}" has no weights`);
  const values = roundKernel(layer, kernel, reads);
  // Means are taken before the activation function clips values.
  const linear: Layer = { ...layer, activation: "linear", slope: undefined };
  const run = (inputs: tf.Tensor[], weights: Float32Array) =>
    tf.tidy(() =>
      runLayer(
        linear,
        inputs,
        new Map([
          [kernelName, tf.tensor(weights, kernel.shape)],
          [biasName, tf.tensor(bias.values, bias.shape)],
        ]),
      ),
    );
  const before = [run(exact, kernel.values), run(approximate, values)] as const;
  const [wanted, got] = [mean(before[0]), mean(before[1])];
  const moved = wanted.map((value, c) => value - got[c]!);
  tensors.set(biasName, {
    shape: bias.shape,
    values: bias.values.map((value, c) => value + moved[c]!),
  });
  const outputs = tf.tidy((): [tf.Tensor, tf.Tensor] => [
    activate(before[0], layer),
    activate(tf.add(before[1], tf.tensor1d(moved)), layer),
  ]);
  tf.dispose([...before]);
  return outputs;
}
