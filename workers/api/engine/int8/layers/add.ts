import { dims } from "../../../../../shared/network/dims.ts";
import type { Context, Of } from "../context.ts";
import { packRescaling, packVector, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";

export function add(of: Context, layer: Of<"add">): Step[] {
  const { kernel, constants } = of;
  const shape = of.shape(layer.name);
  const places = layer.inputs.map(of.place);
  const y = of.place(layer.name);
  if (shape.length === 1) {
    const [first, ...others] = places;
    const sums = [first, ...others.slice(1).map(() => y)];
    return others.map((x, i) => call(kernel.addVectors, sums[i]!, x, shape[0]!, y));
  }
  const gives = of.activations(layer.name);
  const parts = layer.inputs.map((name) => packRescaling(of.activations(name), gives));
  // Each part includes the sum's zero, so all but one are subtracted.
  const sum = (c: number) => parts.reduce((total, { b }) => total + b[c]!, 0);
  const b = packVector(gives.zero.map((zero, c) => sum(c) - (parts.length - 1) * zero));
  const [height, width, channels] = dims(shape, 3);
  const as = parts.map(({ a }) => constants.put(a));
  const size = [height * width, strideOf(channels)];
  if (parts.length === 2) {
    return [call(kernel.addRows, ...places, ...size, ...as, constants.put(b), y)];
  }
  const inputs = constants.put(Int32Array.from(places.flatMap((x, i) => [x, as[i]!])));
  return [call(kernel.addManyRows, inputs, parts.length, ...size, constants.put(b), y)];
}
