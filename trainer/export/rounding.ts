import * as tf from "@tensorflow/tfjs-core";
import { toTensor } from "../../shared/embedder.ts";
import type { Layer } from "../../shared/network/schema.ts";
import { inferShapes } from "../../shared/network/shapes.ts";
import { dequantize, quantize } from "../../shared/package/quantize.ts";
import type { PackageReader, Weight } from "../../shared/package/weight.ts";
import { type Activations, LARGEST } from "../../shared/quantization/activations.ts";

/** Simulates int8 arithmetic by float32 arithmetic on rounded numbers, because tfjs has no int8 kernels. */

type Convolution = Extract<Layer, { op: "conv2d" | "depthwise_conv2d" }>;

export const isConvolution = (layer: Layer): layer is Convolution =>
  layer.op === "conv2d" || layer.op === "depthwise_conv2d";

/** Rounds values to 7-bit activations. @param images [n, h, w, c] */
export function roundActivations(images: tf.Tensor, { scale, zero }: Activations): tf.Tensor {
  return tf.tidy(() => {
    const steps = tf.div(images, tf.tensor1d(scale));
    // Behind a ReLU every zero is 0, and each operation is a pass over all activations.
    const moved = zero.some((value) => value !== 0);
    const shifted = moved ? tf.add(steps, tf.tensor1d(zero)) : steps;
    const kept = tf.clipByValue(tf.round(shifted), 0, LARGEST);
    return tf.mul(moved ? tf.sub(kept, tf.tensor1d(zero)) : kept, tf.tensor1d(scale));
  });
}

/** Rounds the kernel of a convolution to 8 bits. @param read the activations that the layer reads */
export function roundKernel(layer: Convolution, kernel: Weight, read: Activations): Float32Array {
  if (kernel.quantized) return kernel.values;
  const depthwise = layer.op === "depthwise_conv2d";
  const channels = depthwise ? read.scale.length : layer.filters;
  return dequantize(quantize(kernel.values, channels, depthwise ? undefined : read.scale));
}

/** Rounds the weights of a network as int8 arithmetic does. */
export async function roundedWeights(
  content: PackageReader,
  activations: ReadonlyMap<string, Activations>,
): Promise<Map<string, tf.Tensor>> {
  const { network, input } = content.manifest;
  const layers = new Map(network.map((layer) => [`${layer.name}/kernel`, layer]));
  const rounded = new Map<string, tf.Tensor>();
  for (const { name } of inferShapes(network, input).weights) {
    const weight = await content.weight(name);
    const layer = layers.get(name);
    const read = layer && activations.get(layer.inputs[0]);
    const values =
      layer && read && isConvolution(layer) ? roundKernel(layer, weight, read) : weight.values;
    rounded.set(name, toTensor({ shape: weight.shape, values }));
  }
  return rounded;
}
