import * as z from "zod";
import type { Layer, Padding } from "../../shared/network/schema.ts";
import { outputChannels } from "../../shared/package/quantize.ts";
import type { Weight } from "../../shared/package/weight.ts";
import { UserError } from "../error.ts";
import { activation, ACTIVATION_LAYERS, type Curve } from "./activation.ts";
import { fold, stretch } from "./affine.ts";
import { type KerasLayer, lastOf, readShape, valuesOf } from "./kerasLayer.ts";

/** A layer as data, with its weights if it has any. */
export interface Piece {
  layer: Layer;
  weights?: [kernel: Weight, bias: Weight];
}

/** What a writer reads. */
interface Given {
  layer: KerasLayer;
  name: string;
  /** The names of the written layers that it reads. */
  inputs: [string, ...string[]];
  /** Whether the first of them gives a vector where the Keras layer gives an image of 1 x 1. */
  vector: boolean;
}

const window = z.union([
  z.number().transform((size): [number, number] => [size, size]),
  z.tuple([z.number(), z.number()]),
]);
const channelsLast = z.literal("channelsLast").nullish();
const undilated = window
  .nullish()
  .refine((rate) => !rate || (rate[0] === 1 && rate[1] === 1), "Conv2D and SeparableConv2D may");

const sliding = { strides: window, padding: z.enum(["same", "valid"]), dataFormat: channelsLast };
const convSchema = z
  .object({ ...sliding, kernelSize: window, activation, dilationRate: window.nullish() })
  .transform(({ dataFormat: _, dilationRate, kernelSize: [height, width], ...config }) => {
    const rate = dilationRate ?? [1, 1];
    const kernelSize: typeof rate = [(height - 1) * rate[0] + 1, (width - 1) * rate[1] + 1];
    return { ...config, kernelSize, rate };
  });
const filters = z.object({ filters: z.number() });
const multiplier = z.object({ depthMultiplier: z.number() });
const poolSchema = z
  .object({ ...sliding, poolSize: window })
  .transform(({ dataFormat: _, ...config }) => config);
const sharedSchema = z.object({
  sharedAxes: z.tuple([z.literal(1), z.literal(2)], "expected [1, 2], a slope for each channel"),
});
const edges = z.tuple([z.number(), z.number()]);
const zerosSchema = z.object({ padding: z.tuple([edges, edges]), dataFormat: channelsLast });

/** Writes a dilated kernel as a larger one with zeros in between, which every engine runs. */
function spread(kernel: Weight | undefined, rate: [number, number]): Weight | undefined {
  if (!kernel || rate.every((step) => step === 1)) return kernel;
  const [height = 1, width = 1, ...rest] = kernel.shape;
  const [wideHeight, wideWidth] = [(height - 1) * rate[0] + 1, (width - 1) * rate[1] + 1];
  const count = rest.reduce((product, size) => product * size, 1);
  const values = new Float32Array(wideHeight * wideWidth * count);
  for (let tap = 0; tap < height * width; tap++) {
    const [y, x] = [rate[0] * Math.floor(tap / width), rate[1] * (tap % width)];
    const at = (y * wideWidth + x) * count;
    values.set(kernel.values.subarray(tap * count, (tap + 1) * count), at);
  }
  return { shape: [wideHeight, wideWidth, ...rest], values };
}

type Weighted = Extract<Layer, { op: "conv2d" | "depthwise_conv2d" | "dense" }>;

/** A layer with a kernel, and a bias if the Keras layer has one. */
function weighted(layer: Weighted, kernel: Weight | undefined, bias?: Weight, factor = 1): Piece {
  if (!kernel) throw new Error(`"${layer.name}" has no kernel`);
  const channels = outputChannels(kernel.shape, layer.op === "depthwise_conv2d");
  const own = bias ?? { shape: [channels], values: new Float32Array(channels) };
  return { layer, weights: fold(kernel, own, stretch(channels, factor)) };
}

/** f(factor x) by channel. */
function scaled(
  name: string,
  input: string,
  factors: Float32Array,
  own: "linear" | "relu" = "linear",
): Piece {
  const shape = [factors.length];
  return {
    layer: { op: "scale_shift", name, inputs: [input], activation: own },
    weights: [
      { shape, values: factors },
      { shape, values: new Float32Array(factors.length) },
    ],
  };
}

const plain = (layer: Layer): Piece[] => [{ layer }];

/** Writes each class of tfjs-layers as data. The edge can run only these classes. */
const WRITERS: Record<string, (given: Given) => Piece[]> = {
  Conv2D: ({ layer, name, inputs: [input], vector }) => {
    const config = layer.getConfig();
    const { activation: own, rate, ...rest } = convSchema.parse(config);
    const [kernel, bias] = valuesOf(layer);
    const count = filters.parse(config).filters;
    if (vector && kernel && rest.kernelSize.join() === "1,1") {
      const dense: Layer = { op: "dense", name, inputs: [input], units: count, ...own.function };
      return [weighted(dense, { ...kernel, shape: kernel.shape.slice(2) }, bias, own.factor)];
    }
    const conv: Layer = {
      ...{ op: "conv2d", name, inputs: [input], filters: count },
      ...rest,
      ...own.function,
    };
    return [weighted(conv, spread(kernel, rate), bias, own.factor)];
  },
  DepthwiseConv2D: ({ layer, name, inputs: [input] }) => {
    const config = layer.getConfig();
    // tfjs-layers ignores the dilation of this layer alone.
    z.object({ dilationRate: undilated }).parse(config);
    const { activation: own, rate: _, ...rest } = convSchema.parse(config);
    const written: Layer = {
      ...{ op: "depthwise_conv2d", name, inputs: [input], ...multiplier.parse(config) },
      ...rest,
      ...own.function,
    };
    const [kernel, bias] = valuesOf(layer);
    return [weighted(written, kernel, bias, own.factor)];
  },
  SeparableConv2D: ({ layer, name, inputs: [input] }) => {
    const config = layer.getConfig();
    const { activation: own, rate, ...rest } = convSchema.parse(config);
    const [first, second, bias] = valuesOf(layer);
    const depthwise: Layer = {
      ...{ op: "depthwise_conv2d", name: `${name}/depthwise`, inputs: [input] },
      // The config of tfjs-layers lacks the multiplier.
      ...{ ...rest, depthMultiplier: first?.shape[3] ?? 1, activation: "linear" },
    };
    const pointwise: Layer = {
      ...{ op: "conv2d", name, inputs: [depthwise.name], ...filters.parse(config) },
      ...{ kernelSize: [1, 1], strides: [1, 1], padding: "valid", ...own.function },
    };
    return [
      weighted(depthwise, spread(first, rate)),
      weighted(pointwise, second, bias, own.factor),
    ];
  },
  Dense: ({ layer, name, inputs: [input] }) => {
    const schema = z.object({ units: z.number(), activation });
    const { units, activation: own } = schema.parse(layer.getConfig());
    const [kernel, bias] = valuesOf(layer);
    const dense: Layer = { op: "dense", name, inputs: [input], units, ...own.function };
    return [weighted(dense, kernel, bias, own.factor)];
  },
  PReLU: ({ layer, name, inputs: [input] }) => {
    const { values = new Float32Array() } = valuesOf(layer)[0] ?? {};
    const channels = lastOf(readShape(layer));
    if (values.length !== 1 && values.length !== channels) sharedSchema.parse(layer.getConfig());
    const slopes = Float32Array.from({ length: channels }, (_, c) => values[c % values.length]!);
    // a x + (1 - a) max(x, 0)
    const line = scaled(`${name}/line`, input, slopes);
    const rest = slopes.map((slope) => 1 - slope);
    // The maximum of (1 - a) x, which one step computes, is the same where 1 - a is not negative.
    const folds = rest.every((factor) => factor >= 0);
    const positive: Layer = {
      op: "activation",
      name: `${name}/positive`,
      inputs: [input],
      activation: "relu",
    };
    const bend = scaled(
      `${name}/bend`,
      folds ? input : positive.name,
      rest,
      folds ? "relu" : "linear",
    );
    const sum: Layer = { op: "add", name, inputs: [line.layer.name, bend.layer.name] };
    return [line, ...(folds ? [] : plain(positive)), bend, ...plain(sum)];
  },
  MaxPooling2D: ({ layer, name, inputs: [input] }) =>
    plain({ op: "max_pool2d", name, inputs: [input], ...poolSchema.parse(layer.getConfig()) }),
  AveragePooling2D: ({ layer, name, inputs: [input] }) =>
    plain({ op: "average_pool2d", name, inputs: [input], ...poolSchema.parse(layer.getConfig()) }),
  GlobalAveragePooling2D: ({ layer, name, inputs: [input] }) => {
    z.object({ dataFormat: channelsLast }).parse(layer.getConfig());
    return plain({ op: "global_average_pool2d", name, inputs: [input] });
  },
  GlobalMaxPooling2D: ({ layer, name, inputs: [input] }) => {
    z.object({ dataFormat: channelsLast }).parse(layer.getConfig());
    const [height, width] = readShape(layer);
    const pool = `${name}/map`;
    const poolSize: [number, number] = [height ?? 0, width ?? 0];
    return [
      ...plain({
        ...{ op: "max_pool2d", name: pool, inputs: [input] },
        ...{ poolSize, strides: [1, 1], padding: "valid" },
      }),
      ...plain({ op: "flatten", name, inputs: [pool] }),
    ];
  },
  Flatten: ({ name, inputs: [input] }) => plain({ op: "flatten", name, inputs: [input] }),
  Reshape: ({ layer, name, inputs: [input] }) => {
    const targetShape = z.tuple([z.number().nullable()], "only vectors are made of images");
    z.object({ targetShape }).parse(layer.getConfig());
    return plain({ op: "flatten", name, inputs: [input] });
  },
  Add: ({ name, inputs }) => plain({ op: "add", name, inputs }),
  Multiply: ({ layer, name, inputs: [first, second, ...others] }) => {
    if (second === undefined || others.length > 0) {
      const count = others.length + 2;
      throw new UserError(
        `layer "${layer.name}" multiplies ${count} inputs, the edge multiplies 2`,
      );
    }
    return plain({ op: "multiply", name, inputs: [first, second] });
  },
  Concatenate: ({ layer, name, inputs }) => {
    z.object({ axis: z.literal([-1, 3]) }).parse(layer.getConfig());
    return plain({ op: "concat", name, inputs });
  },
};

/** Layers that come near to those that the edge cannot run. */
const NEAREST: Record<string, string> = {
  ThresholdedReLU: "ReLU",
  LayerNormalization: "BatchNormalization",
  Average: "Add and Rescaling",
  Conv2DTranspose: "Conv2D",
};

/** The layers that the edge can run, and those that the exporter folds into them or leaves out. */
const classes = () => [
  ...Object.keys(WRITERS),
  ...Object.keys(ACTIVATION_LAYERS),
  "BatchNormalization, Rescaling, ZeroPadding2D and layers that only act in training",
];

/**
 * Writes a layer as data. The last piece has its name.
 *
 * @throws UserError that names the layer if the edge cannot run it
 */
export function writeLayer({ layer, ...given }: Given): Piece[] {
  const type = layer.getClassName();
  const write = Object.hasOwn(WRITERS, type) ? WRITERS[type] : undefined;
  if (write) return explained(layer, () => write({ layer, ...given }));
  const nearest =
    NEAREST[type] === undefined ? "" : `; the nearest that it runs is ${NEAREST[type]}`;
  throw new UserError(
    `layer "${layer.name}" is a ${type}, which the edge cannot run${nearest}. ` +
      `It runs ${classes().join(", ")}`,
  );
}

/** Reads the function of a layer that is nothing else. @returns undefined if the layer is another */
export function readCurve(layer: KerasLayer): Curve | undefined {
  const type = layer.getClassName();
  const read = Object.hasOwn(ACTIVATION_LAYERS, type) ? ACTIVATION_LAYERS[type] : undefined;
  return read && explained(layer, () => read(layer.getConfig()));
}

/** Reads the zeros of a ZeroPadding2D at the top, bottom, left and right. */
export function readZeros(layer: KerasLayer): Exclude<Padding, string> {
  const [[top, bottom], [left, right]] = explained(layer, () =>
    zerosSchema.parse(layer.getConfig()),
  ).padding;
  return [top, bottom, left, right];
}

/** Runs `read` on a layer's config. @throws UserError that names the setting that `read` rejects */
function explained<T>(layer: KerasLayer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { path, message } = error.issues[0]!;
    const [setting = ""] = path.map(String);
    const found = JSON.stringify(layer.getConfig()[setting]);
    throw new UserError(
      `layer "${layer.name}" (${layer.getClassName()}) at ${path.map(String).join(".")}: ` +
        `found ${found}, which the edge cannot run; ${message}`,
    );
  }
}
