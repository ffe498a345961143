import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as z from "zod";
import type { Activated, Layer, Padding } from "../../shared/network/schema.ts";
import { UserError } from "../error.ts";
import { activation, ACTIVATION_LAYERS } from "./activation.ts";

export type KerasLayer = LayersModel["layers"][number];

const window = z.union([
  z.number().transform((size): [number, number] => [size, size]),
  z.tuple([z.number(), z.number()]),
]);
const padding = z.enum(["same", "valid"]);
const channelsLast = z.literal("channelsLast").nullish();
const undilated = window
  .nullish()
  .refine((rate) => !rate || (rate[0] === 1 && rate[1] === 1), "dilation is not supported");

const convSchema = z.object({
  kernelSize: window,
  strides: window,
  padding,
  activation,
  dataFormat: channelsLast,
  dilationRate: undilated,
});
const edges = z.tuple([z.number(), z.number()]);
const zerosSchema = z.object({ padding: z.tuple([edges, edges]), dataFormat: channelsLast });
const poolSchema = z.object({
  poolSize: window,
  strides: window,
  padding,
  dataFormat: channelsLast,
});

type Writer = (layer: KerasLayer, inputs: [string, ...string[]]) => Layer;

const activationWriter =
  (read: (config: unknown) => Activated): Writer =>
  (layer, [input]) => ({
    op: "activation",
    name: layer.name,
    inputs: [input],
    ...read(layer.getConfig()),
  });

/** Writes each class of tfjs-layers as data. The edge can run only these classes. */
const WRITERS: Record<string, Writer> = {
  Conv2D: (layer, [input]) => {
    const {
      dataFormat: _,
      dilationRate: __,
      ...config
    } = convSchema.extend({ filters: z.number() }).parse(layer.getConfig());
    return { op: "conv2d", name: layer.name, inputs: [input], ...config };
  },
  DepthwiseConv2D: (layer, [input]) => {
    const {
      dataFormat: _,
      dilationRate: __,
      ...config
    } = convSchema.extend({ depthMultiplier: z.number() }).parse(layer.getConfig());
    return { op: "depthwise_conv2d", name: layer.name, inputs: [input], ...config };
  },
  Dense: (layer, [input]) => {
    const config = z.object({ units: z.number(), activation }).parse(layer.getConfig());
    return { op: "dense", name: layer.name, inputs: [input], ...config };
  },
  MaxPooling2D: (layer, [input]) => {
    const { dataFormat, ...config } = poolSchema.parse(layer.getConfig());
    return { op: "max_pool2d", name: layer.name, inputs: [input], ...config };
  },
  AveragePooling2D: (layer, [input]) => {
    const { dataFormat, ...config } = poolSchema.parse(layer.getConfig());
    return { op: "average_pool2d", name: layer.name, inputs: [input], ...config };
  },
  GlobalAveragePooling2D: (layer, [input]) => {
    z.object({ dataFormat: channelsLast }).parse(layer.getConfig());
    return { op: "global_average_pool2d", name: layer.name, inputs: [input] };
  },
  Flatten: ({ name }, [input]) => ({ op: "flatten", name, inputs: [input] }),
  Add: ({ name }, inputs) => ({ op: "add", name, inputs }),
  Concatenate: (layer, inputs) => {
    z.object({ axis: z.literal([-1, 3]) }).parse(layer.getConfig());
    return { op: "concat", name: layer.name, inputs };
  },
  ...Object.fromEntries(
    Object.entries(ACTIVATION_LAYERS).map(([type, read]) => [type, activationWriter(read)]),
  ),
};

/**
 * Writes a layer as data.
 *
 * @param inputs the names of the layers that it reads
 * @throws UserError that names the layer if the edge cannot run it
 */
export function writeLayer(layer: KerasLayer, inputs: string[]): Layer {
  const type = layer.getClassName();
  const write = Object.hasOwn(WRITERS, type) ? WRITERS[type] : undefined;
  if (!write) {
    throw new UserError(
      `layer "${layer.name}" is a ${type}, which the edge cannot run; ` +
        `it runs ${Object.keys(WRITERS).join(", ")}, BatchNormalization, ZeroPadding2D and Dropout`,
    );
  }
  const [first, ...others] = inputs;
  if (first === undefined) throw new Error(`layer "${layer.name}" reads nothing`);
  return explained(layer, () => write(layer, [first, ...others]));
}

/**
 * Reads the padding of a layer for the convolution that absorbs it.
 *
 * @param layer a ZeroPadding2D
 * @returns zeros at the top, bottom, left and right
 */
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
