import { dims } from "../../../../../shared/network/dims.ts";
import type { Context, Of } from "../context.ts";
import { GROUP, packVector, padded, strideOf } from "../pack.ts";
import { call, type Step } from "../step.ts";

export function multiply(of: Context, layer: Of<"multiply">): Step[] {
  const shape = of.shape(layer.name);
  if (shape.length === 1) {
    const places = layer.inputs.map(of.place);
    return [call(of.kernel.multiplyVectors, ...places, shape[0]!, of.place(layer.name))];
  }
  return of.shape(layer.inputs[1]).length === 1 ? byChannel(of, layer) : byPosition(of, layer);
}

/** The channels of an image, each times a number of a vector. */
function byChannel(of: Context, layer: Of<"multiply">): Step[] {
  const { kernel, constants } = of;
  const [image, vector] = layer.inputs;
  const [height, width, channels] = of.image(layer.name);
  const [reads, gives] = [of.activations(image), of.activations(layer.name)];
  const coefficients = [
    reads.scale.map((scale, c) => scale / gives.scale[c]!),
    reads.zero,
    gives.zero,
  ].map((values) => constants.put(packVector(values)));
  const a = of.room(layer.name);
  const b = a + 4 * padded(channels);
  const stride = strideOf(channels);
  return [
    call(kernel.gate, of.place(vector), channels, ...coefficients, a, b),
    call(
      kernel.rescaleRows,
      ...[of.place(image), height * width, channels, stride],
      ...[a, b, 0, of.place(layer.name), stride],
    ),
  ];
}

/** Two images, position by position. */
function byPosition(of: Context, layer: Of<"multiply">): Step[] {
  const [height, width, channels] = dims(of.shape(layer.name), 3);
  const [first, second] = [of.activations(layer.inputs[0]), of.activations(layer.inputs[1])];
  const gives = of.activations(layer.name);
  const packed = new Float32Array(4 * padded(channels));
  for (let c = 0; c < channels; c++) {
    const at = 4 * GROUP * Math.floor(c / GROUP) + (c % GROUP);
    packed[at] = first.zero[c]!;
    packed[at + GROUP] = second.zero[c]!;
    packed[at + 2 * GROUP] = (first.scale[c]! * second.scale[c]!) / gives.scale[c]!;
    packed[at + 3 * GROUP] = gives.zero[c]!;
  }
  const numbers = [
    ...[...layer.inputs.map(of.place), height * width, strideOf(channels)],
    ...[of.constants.put(packed), of.place(layer.name)],
  ];
  return [call(of.kernel.multiplyRows, ...numbers)];
}
