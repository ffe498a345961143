import type { Context, Of } from "../context.ts";
import { packDequantizing, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";
import { before } from "./before.ts";

/** The maximum or mean of each window. */
export function pool(of: Context, layer: Of<"max_pool2d" | "average_pool2d">): Step[] {
  const [input] = layer.inputs;
  const [height, width, channels] = of.image(input);
  const output = of.image(layer.name);
  const numbers = [
    ...[of.place(input), height, width, strideOf(channels), ...layer.poolSize],
    ...[...layer.strides, ...before(layer, layer.poolSize, of.image(input), output)],
    ...[of.place(layer.name), output[0], output[1]],
  ];
  const run = layer.op === "max_pool2d" ? of.kernel.maxPool : of.kernel.averagePool;
  return [call(run, ...numbers)];
}

/** An image as a vector in float32: the mean of each channel, or all values. */
export function toVector(of: Context, layer: Of<"global_average_pool2d" | "flatten">): Step[] {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const [height, width, channels] = of.image(input);
  const pixels = height * width;
  const { a, b } = packDequantizing(of.activations(input));
  const mean = layer.op === "global_average_pool2d";
  const numbers = [
    ...[of.place(input), pixels, channels, strideOf(channels)],
    constants.put(mean ? a.map((value) => value / pixels) : a),
    ...[constants.put(b), of.place(layer.name)],
  ];
  const run = mean ? kernel.globalAverage : kernel.dequantizeRows;
  return [call(run, ...numbers)];
}
