import type { Activated, Layer, Network, Padding } from "../../shared/network/schema.ts";
import { each, size } from "./numbers.ts";

/** An activation of one image: a flat list and its shape, [height, width, channels] or [length]. */
interface Activation {
  shape: number[];
  values: number[];
}

type Weights = Record<string, ArrayLike<number>>;

const hardSigmoid = (x: number) => Math.min(1, Math.max(0, x / 6 + 0.5));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The function of activation of a layer. */
export function functionOf({ activation, slope = NaN }: Activated): (x: number) => number {
  return {
    linear: (x: number) => x,
    relu: (x: number) => Math.max(0, x),
    relu6: (x: number) => Math.min(6, Math.max(0, x)),
    hard_sigmoid: hardSigmoid,
    hard_swish: (x: number) => x * hardSigmoid(x),
    sigmoid,
    swish: (x: number) => x * sigmoid(x),
    elu: (x: number) => (x > 0 ? x : Math.exp(x) - 1),
    leaky_relu: (x: number) => (x > 0 ? x : slope * x),
  }[activation];
}

/** The pixels under a window at each output position, as [tap, row, column]; the padding left out. */
function slide(
  [height, width]: number[],
  kernel: number[],
  { strides, padding }: { strides: number[]; padding: Padding },
): { outHeight: number; outWidth: number; taps: [tap: number, y: number, x: number][][] } {
  const [rows, columns] = [height, width].map((length, axis) => {
    if (typeof padding !== "string") {
      const [before, after] = padding.slice(2 * axis, 2 * axis + 2);
      const starts = length + before + after - kernel[axis] + 1;
      return { out: Math.ceil(starts / strides[axis]), before };
    }
    const out = Math.ceil(
      (padding === "same" ? length : length - kernel[axis] + 1) / strides[axis],
    );
    const missing = Math.max(0, (out - 1) * strides[axis] + kernel[axis] - length);
    return { out, before: padding === "same" ? Math.floor(missing / 2) : 0 };
  });
  const { out: outHeight, before: top } = rows;
  const { out: outWidth, before: left } = columns;
  const taps = each(outHeight * outWidth).map((at) => {
    const [oy, ox] = [Math.floor(at / outWidth), at % outWidth];
    return each(kernel[0] * kernel[1]).flatMap((tap): [number, number, number][] => {
      const y = oy * strides[0] + Math.floor(tap / kernel[1]) - top;
      const x = ox * strides[1] + (tap % kernel[1]) - left;
      return y >= 0 && y < height && x >= 0 && x < width ? [[tap, y, x]] : [];
    });
  });
  return { outHeight, outWidth, taps };
}

function runLayer(layer: Layer, inputs: Activation[], weights: Weights): Activation {
  const [{ shape, values }] = inputs;
  const [, width, channels] = shape;
  const pixel = (y: number, x: number, c: number) => values[(y * width + x) * channels + c];
  const kernel = weights[`${layer.name}/kernel`];
  const bias = weights[`${layer.name}/bias`];
  const sum = (list: number[], start = 0) => list.reduce((a, b) => a + b, start);
  switch (layer.op) {
    case "conv2d": {
      const { outHeight, outWidth, taps } = slide(shape, layer.kernelSize, layer);
      const out = taps.flatMap((under) =>
        each(layer.filters).map((f) =>
          sum(
            under.flatMap(([tap, y, x]) =>
              each(channels).map(
                (c) => pixel(y, x, c) * kernel[(tap * channels + c) * layer.filters + f],
              ),
            ),
            bias[f],
          ),
        ),
      );
      return {
        shape: [outHeight, outWidth, layer.filters],
        values: out.map(functionOf(layer)),
      };
    }
    case "depthwise_conv2d": {
      const { outHeight, outWidth, taps } = slide(shape, layer.kernelSize, layer);
      const filters = channels * layer.depthMultiplier;
      const out = taps.flatMap((under) =>
        each(filters).map((f) => {
          const c = Math.floor(f / layer.depthMultiplier);
          return sum(
            under.map(([tap, y, x]) => pixel(y, x, c) * kernel[tap * filters + f]),
            bias[f],
          );
        }),
      );
      return {
        shape: [outHeight, outWidth, filters],
        values: out.map(functionOf(layer)),
      };
    }
    case "max_pool2d":
    case "average_pool2d": {
      const { outHeight, outWidth, taps } = slide(shape, layer.poolSize, layer);
      const out = taps.flatMap((under) =>
        each(channels).map((c) => {
          const seen = under.map(([, y, x]) => pixel(y, x, c));
          return layer.op === "max_pool2d" ? Math.max(...seen) : sum(seen) / seen.length;
        }),
      );
      return { shape: [outHeight, outWidth, channels], values: out };
    }
    case "global_average_pool2d": {
      const count = values.length / channels;
      const mean = (c: number) => sum(values.filter((_, i) => i % channels === c)) / count;
      return { shape: [channels], values: each(channels).map(mean) };
    }
    case "dense": {
      const out = each(layer.units).map((unit) =>
        sum(
          values.map((value, i) => value * kernel[i * layer.units + unit]),
          bias[unit],
        ),
      );
      return { shape: [layer.units], values: out.map(functionOf(layer)) };
    }
    case "flatten":
      return { shape: [values.length], values };
    case "activation":
      return { shape, values: values.map(functionOf(layer)) };
    case "zero_padding2d": {
      const [top, bottom, left, right] = layer.padding;
      const [height] = shape;
      const wide = [height + top + bottom, width + left + right, channels];
      const out = each(size(wide)).map((i) => {
        const at = Math.floor(i / channels);
        const [y, x] = [Math.floor(at / wide[1]) - top, (at % wide[1]) - left];
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        return inside ? pixel(y, x, i % channels) : 0;
      });
      return { shape: wide, values: out };
    }
    case "scale_shift": {
      const last = kernel.length;
      const lines = values.map((value, i) => value * kernel[i % last] + bias[i % last]);
      return { shape, values: lines.map(functionOf(layer)) };
    }
    case "multiply": {
      const factors = inputs[1].values;
      // A vector holds a factor for each channel.
      return { shape, values: values.map((value, i) => value * factors[i % factors.length]) };
    }
    case "add":
      return { shape, values: values.map((_, i) => sum(inputs.map((input) => input.values[i]))) };
    case "concat": {
      const lasts = inputs.map((input) => input.shape[input.shape.length - 1]);
      const rows = each(values.length / lasts[0]);
      return {
        shape: [...shape.slice(0, -1), sum(lasts)],
        values: rows.flatMap((row) =>
          inputs.flatMap((input, i) => input.values.slice(row * lasts[i], (row + 1) * lasts[i])),
        ),
      };
    }
  }
}

/**
 * The features of one image [height, width, 3], layer by layer in scalars and double precision.
 *
 * @param replace what later layers read in place of a layer's values; gets these, and their shape
 */
export function naiveNetwork(
  network: Network,
  weights: Weights,
  image: ArrayLike<number>,
  shape: number[],
  replace: (name: string, values: number[], shape: number[]) => number[] = (_, values) => values,
): number[] {
  if (image.length !== size(shape)) throw new Error("not one image");
  const outputs = new Map<string, Activation>([["input", { shape, values: Array.from(image) }]]);
  let last: Activation = { shape: [], values: [] };
  for (const layer of network) {
    const inputs = layer.inputs.flatMap((name) => outputs.get(name) ?? []);
    const output = runLayer(layer, inputs, weights);
    last = { ...output, values: replace(layer.name, output.values, output.shape) };
    outputs.set(layer.name, last);
  }
  return last.values;
}
