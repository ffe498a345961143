import { dims } from "../../../../../shared/network/dims.ts";
import type { Context, Of } from "../context.ts";
import { beforeCurve, curveOf, putCurve } from "../curves.ts";
import { packRescaling, packVector, packZeros, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";

export function concat(of: Context, layer: Of<"concat">): Step[] {
  const { kernel, constants } = of;
  const [height, width, channels] = of.image(layer.name);
  let at = of.place(layer.name);
  return layer.inputs.map((name) => {
    const [, , own] = of.image(name);
    const same = of.activations(name);
    const { a, b } = packRescaling(same, same);
    const numbers = [
      ...[of.place(name), height * width, own, strideOf(own)],
      ...[constants.put(a), constants.put(b), 0, at, strideOf(channels)],
    ];
    at += own;
    return call(kernel.rescaleRows, ...numbers);
  });
}

export function activation(of: Context, layer: Of<"activation">): Step[] {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const shape = of.shape(layer.name);
  const [x, y] = [of.place(input), of.place(layer.name)];
  if (shape.length === 1) {
    return [call(kernel.activateVector, x, shape[0]!, ...curveOf(layer), y)];
  }
  const gives = of.activations(layer.name);
  const [height, width, channels] = dims(shape, 3);
  const { a, b } = packRescaling(of.activations(input), beforeCurve(layer, gives));
  const stride = strideOf(channels);
  const numbers = [
    ...[x, height * width, channels, stride],
    ...[constants.put(a), constants.put(b), putCurve(layer, gives, constants), y, stride],
  ];
  return [call(kernel.rescaleRows, ...numbers)];
}

export async function scaleShift(of: Context, layer: Of<"scale_shift">): Promise<Step[]> {
  const { kernel, constants } = of;
  const [input] = layer.inputs;
  const shape = of.shape(layer.name);
  const [x, y] = [of.place(input), of.place(layer.name)];
  const { values: scale } = await of.weight(`${layer.name}/kernel`);
  const { values: shift } = await of.weight(`${layer.name}/bias`);
  if (shape.length === 1) {
    const line = [scale, shift].map((values) => constants.put(packVector(values)));
    return [call(kernel.scaleVector, x, shape[0]!, ...line, ...curveOf(layer), y)];
  }
  const gives = of.activations(layer.name);
  const [height, width, channels] = dims(shape, 3);
  const reads = of.activations(input);
  const before = beforeCurve(layer, gives);
  const a = scale.map((value, c) => (value * reads.scale[c]!) / before.scale[c]!);
  const b = shift.map((value, c) => {
    return value / before.scale[c]! + before.zero[c]! - a[c]! * reads.zero[c]!;
  });
  const stride = strideOf(channels);
  const numbers = [
    ...[x, height * width, channels, stride],
    ...[constants.put(packVector(a)), constants.put(packVector(b))],
    ...[putCurve(layer, gives, constants), y, stride],
  ];
  return [call(kernel.rescaleRows, ...numbers)];
}

export function zeroPadding(of: Context, layer: Of<"zero_padding2d">): Step[] {
  const [input] = layer.inputs;
  const [height, width, channels] = of.image(input);
  const [outHeight, outWidth] = of.image(layer.name);
  const zeros = of.constants.put(packZeros(of.activations(input)));
  const [top, , left] = layer.padding;
  const numbers = [
    ...[of.place(input), height, width, strideOf(channels), zeros, top, left],
    ...[of.place(layer.name), outHeight, outWidth],
  ];
  return [call(of.kernel.pad, ...numbers)];
}
