import * as tf from "@tensorflow/tfjs-core";
import { activate } from "./activate.ts";
import { type Activated, INPUT, type Layer, type Network, type Padding } from "./schema.ts";

/** Weight tensors by name, as `inferShapes` lists them. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

function weight<R extends tf.Rank>(weights: Weights, name: string): tf.Tensor<R> {
  const tensor = weights.get(name);
  if (!tensor) throw new Error(`weight "${name}" is not loaded`);
  return tensor as tf.Tensor<R>;
}

/** Runs a layer that applies a function of activation to what `run` computes, in one pass if tfjs can. */
function activated(
  layer: Activated,
  run: (fused: "linear" | "relu" | "relu6") => tf.Tensor,
): tf.Tensor {
  const { activation } = layer;
  if (activation === "linear" || activation === "relu" || activation === "relu6") {
    return run(activation);
  }
  const x = run("linear");
  const y = activate(x, layer);
  x.dispose();
  return y;
}

/** Padding in the form of tfjs. */
function toPad(padding: Padding): "same" | "valid" | tf.backend_util.ExplicitPadding {
  if (typeof padding === "string") return padding;
  const [top, bottom, left, right] = padding;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** For each layer's output, the last layer that reads it. */
function lastReaders(network: Network): Map<string, Layer> {
  return new Map(network.flatMap((layer) => layer.inputs.map((name) => [name, layer] as const)));
}

/** f(x kernel + bias) by channel. XNNPACK computes it in one pass as a depthwise convolution of 1 x 1. */
function scaleShift(x: tf.Tensor, layer: Extract<Layer, { op: "scale_shift" }>, weights: Weights) {
  const channels = x.shape[x.rank - 1]!;
  const image = tf.reshape<tf.Rank.R4>(x, [x.shape[0], -1, 1, channels]);
  const kernel = weight(weights, `${layer.name}/kernel`);
  const y = activated(layer, (activation) =>
    tf.fused.depthwiseConv2d({
      x: image,
      filter: tf.reshape(kernel, [1, 1, channels, 1]),
      bias: weight(weights, `${layer.name}/bias`),
      strides: 1,
      pad: "valid",
      activation,
    }),
  );
  return tf.reshape(y, x.shape);
}

/** A product by position, or by channel if the factors are a vector. */
function multiply(x: tf.Tensor, factors: tf.Tensor): tf.Tensor {
  if (factors.rank === x.rank) return tf.mul(x, factors);
  return tf.mul(x, tf.reshape(factors, [factors.shape[0], 1, 1, -1]));
}

/** Runs one layer on its inputs. */
export function runLayer(layer: Layer, inputs: tf.Tensor[], weights: Weights): tf.Tensor {
  const image = inputs[0] as tf.Tensor4D;
  switch (layer.op) {
    case "conv2d":
    case "depthwise_conv2d": {
      // The type of depthwise convolutions lacks explicit padding, which they support.
      const depthwise = tf.fused.depthwiseConv2d as typeof tf.fused.conv2d;
      const convolve = layer.op === "conv2d" ? tf.fused.conv2d : depthwise;
      return activated(layer, (activation) =>
        convolve({
          x: image,
          filter: weight<tf.Rank.R4>(weights, `${layer.name}/kernel`),
          bias: weight(weights, `${layer.name}/bias`),
          strides: layer.strides,
          pad: toPad(layer.padding),
          activation,
        }),
      );
    }
    case "dense":
      return activated(layer, (activation) =>
        tf.fused.matMul({
          a: inputs[0]!,
          b: weight<tf.Rank.R2>(weights, `${layer.name}/kernel`),
          bias: weight(weights, `${layer.name}/bias`),
          activation,
        }),
      );
    case "max_pool2d":
      return tf.maxPool(image, layer.poolSize, layer.strides, layer.padding);
    case "average_pool2d":
      return tf.avgPool(image, layer.poolSize, layer.strides, layer.padding);
    case "global_average_pool2d":
      return tf.mean(image, [1, 2]);
    case "zero_padding2d": {
      const [top, bottom, left, right] = layer.padding;
      return tf.pad(image, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]);
    }
    case "flatten":
      return tf.reshape(inputs[0]!, [inputs[0]!.shape[0], -1]);
    case "activation":
      return activate(inputs[0]!, layer);
    case "scale_shift":
      return tf.tidy(() => scaleShift(inputs[0]!, layer, weights));
    case "multiply":
      return tf.tidy(() => multiply(inputs[0]!, inputs[1]!));
    case "add":
      return tf.addN(inputs);
    case "concat":
      return tf.concat(inputs, -1);
  }
}

/**
 * Runs the network on normalised images. Each activation is disposed after its last use, because the heap
 * never shrinks: MobileNetV2 at 224 px takes 40 MiB in this way, and 70 MiB otherwise.
 *
 * @param images [n, height, width, 3]
 * @param replace gives the tensor to use for a layer's output, which is disposed if that is another
 * @returns features [n, d], not yet L2-normalised
 */
export function runNetwork(
  network: Network,
  weights: Weights,
  images: tf.Tensor4D,
  replace: (name: string, output: tf.Tensor) => tf.Tensor = (_, output) => output,
): tf.Tensor2D {
  return tf.tidy(() => {
    const lastReader = lastReaders(network);
    const outputs = new Map<string, tf.Tensor>([[INPUT, images]]);
    let last: tf.Tensor = images;
    for (const layer of network) {
      const inputs = layer.inputs.map((name) => {
        const tensor = outputs.get(name);
        if (!tensor) throw new Error(`layer "${layer.name}" reads "${name}", which did not run`);
        return tensor;
      });
      const output = runLayer(layer, inputs, weights);
      last = replace(layer.name, output);
      if (last !== output) output.dispose();
      outputs.set(layer.name, last);
      layer.inputs.forEach((name, i) => {
        if (lastReader.get(name) === layer && name !== INPUT) inputs[i]!.dispose();
      });
    }
    return last as tf.Tensor2D;
  });
}
