import * as tf from "@tensorflow/tfjs-core";
import { toTensors } from "../../shared/embedder.ts";
import type { Layer } from "../../shared/network/schema.ts";
import type { Package, Weight } from "../../shared/package/codec.ts";
import { dequantize, quantize } from "../../shared/package/quantize.ts";
import { type Activations, LARGEST } from "../../shared/quantization/activations.ts";

/** int8 arithmetic as float32 arithmetic on rounded numbers: what the trainer, with no such kernels, has. */

type Convolution = Extract<Layer, { op: "conv2d" | "depthwise_conv2d" }>;

export const isConvolution = (layer: Layer): layer is Convolution =>
  layer.op === "conv2d" || layer.op === "depthwise_conv2d";

/** Values as 7 bits say them. @param images [n, h, w, c] */
export function roundActivations(images: tf.Tensor, { scale, zero }: Activations): tf.Tensor {
  return tf.tidy(() => {
    const steps = tf.round(tf.add(tf.div(images, tf.tensor1d(scale)), tf.tensor1d(zero)));
    const kept = tf.clipByValue(steps, 0, LARGEST);
    return tf.mul(tf.sub(kept, tf.tensor1d(zero)), tf.tensor1d(scale));
  });
}

/** A convolution's kernel as 8 bits say it. @param read what the layer reads */
export function roundKernel(layer: Convolution, kernel: Weight, read: Activations): Float32Array {
  if (kernel.quantized) return kernel.values;
  const depthwise = layer.op === "depthwise_conv2d";
  const channels = depthwise ? read.scale.length : layer.filters;
  return dequantize(quantize(kernel.values, channels, depthwise ? undefined : read.scale));
}

/** A network's weights as int8 arithmetic sees them. */
export function roundedWeights({
  manifest,
  tensors,
  activations,
}: Package): Map<string, tf.Tensor> {
  const rounded = new Map(tensors);
  for (const layer of manifest.network) {
    const name = `${layer.name}/kernel`;
    const kernel = tensors.get(name);
    const read = activations?.get(layer.inputs[0]);
    if (!isConvolution(layer) || !kernel || !read) continue;
    rounded.set(name, { shape: kernel.shape, values: roundKernel(layer, kernel, read) });
  }
  const names = [...rounded.keys()].filter((name) => !name.startsWith("pddm/"));
  return toTensors(rounded, names);
}
