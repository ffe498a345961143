import { isThreeByThree } from "../buffers.ts";
import type { Context, Of } from "../context.ts";
import { beforeCurve, putCurve, stepsBeforeCurve } from "../curves.ts";
import { coarsen, integerKernel, packAffine, packZeros, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";
import { before } from "./before.ts";

export async function depthwise(of: Context, layer: Of<"depthwise_conv2d">): Promise<Step[]> {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const [height, width, channels] = of.image(input);
  const output = of.image(layer.name);
  const [outHeight, outWidth] = output;
  const [reads, gives] = [of.activations(input), of.activations(layer.name)];
  const integers = integerKernel(await of.weight(`${layer.name}/kernel`), reads.scale, true);
  const { values, scales } = coarsen(integers, stepsBeforeCurve(layer, gives));
  const { values: bias } = await of.weight(`${layer.name}/bias`);
  const sums = new Float64Array(channels);
  // Behind a ReLU every zero is 0.
  if (reads.zero.some((value) => value !== 0)) {
    values.forEach((value, i) => {
      sums[i % channels]! += value * reads.zero[i % channels]!;
    });
  }
  const affine = constants.put(packAffine(scales, bias, sums, beforeCurve(layer, gives)));
  const curve = putCurve(layer, gives, constants);
  const w = of.packer.depthwise(values, layer.kernelSize, channels);
  const zeros = constants.put(packZeros(reads));
  const numbers = [
    ...[of.place(input), height, width, strideOf(channels), zeros, w, affine, curve],
    ...[of.place(layer.name), outHeight, outWidth],
    ...[...layer.strides, ...before(layer, layer.kernelSize, of.image(input), output)],
  ];
  if (isThreeByThree(layer)) return [call(kernel.depthwise, ...numbers)];
  return [call(kernel.depthwiseAny, ...numbers, ...layer.kernelSize, of.room(layer.name))];
}
