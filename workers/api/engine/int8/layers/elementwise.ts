import { dims } from "../../../../../shared/network/dims.ts";
import type { Context, Of } from "../context.ts";
import { beforeCurve, curveOf, putCurve } from "../curves.ts";
import { packRescaling, packVector, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";

export function add(of: Context, layer: Of<"add">): Step[] {
  const { kernel, constants } = of;
  const [first, second, ...others] = layer.inputs;
  if (first === undefined || second === undefined || others.length > 0) {
    throw new Error(
      `layer "${layer.name}" adds ${layer.inputs.length} inputs; int8 arithmetic supports 2`,
    );
  }
  const shape = of.shape(layer.name);
  const places = [first, second].map(of.place);
  if (shape.length === 1) {
    return [call(kernel.addVectors, ...places, shape[0]!, of.place(layer.name))];
  }
  const gives = of.activations(layer.name);
  const parts = [first, second].map((name) => packRescaling(of.activations(name), gives));
  // Both parts include the sum's zero, so one is subtracted.
  const b = packVector(gives.zero.map((zero, c) => parts[0]!.b[c]! + parts[1]!.b[c]! - zero));
  const [height, width, channels] = dims(shape, 3);
  const numbers = [
    ...[...places, height * width, strideOf(channels)],
    ...[constants.put(parts[0]!.a), constants.put(parts[1]!.a), constants.put(b)],
    of.place(layer.name),
  ];
  return [call(kernel.addRows, ...numbers)];
}

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
