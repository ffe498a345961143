import { dims } from "../../../../shared/network/dims.ts";
import { INPUT, type Layer, type Network } from "../../../../shared/network/schema.ts";
import type { Shape } from "../../../../shared/network/shapes.ts";
import { Arena, roundUp } from "./arena.ts";
import { Constants } from "./constants.ts";
import type { Of } from "./context.ts";
import { get } from "./get.ts";
import { GROUP, padded, strideOf } from "./pack.ts";

/** Bytes of gathered windows that fit into the L1 cache, beside weights. */
const GATHERED_BYTES = 24_576;
/** Whole tiles of gemm.ts, which have 4 or 6 pixels. */
const TILES = 12;
/** Bytes that the kernel's own constants take at the beginning of the memory (asconfig.json). */
const KERNEL_BYTES = 64;

/** Addresses of the buffers of a network, in bytes. */
export interface Buffers {
  /** The first address. Weights are staged here while the network is opened. */
  start: number;
  /** The image's RGB bytes. */
  pixels: number;
  /** The output of each layer, and the image. */
  outputs: Map<string, number>;
  /** By layer, room that it needs while it runs. */
  rooms: Map<string, number>;
  /** The first address behind all buffers. */
  end: number;
}

function bytesOf(shape: Shape): number {
  if (shape.length === 1) return 4 * padded(shape[0]!);
  const [height, width, channels] = dims(shape, 3);
  return roundUp(height * width, TILES) * strideOf(channels);
}

/**
 * Whether a convolution is a matrix product without gathering: it reads each pixel once, in order, and whole
 * groups of channels.
 */
export function isProduct(layer: Of<"conv2d">, channels: number): boolean {
  const { kernelSize, strides, padding } = layer;
  const unpadded = typeof padding === "string" || padding.every((edge) => edge === 0);
  const pointwise = [...kernelSize, ...strides].every((size) => size === 1);
  return pointwise && unpadded && strideOf(channels) % GROUP === 0;
}

/** The number of pixels whose windows are gathered at once (gather.ts). */
export function rowsAtOnce({ kernelSize }: Of<"conv2d">, channels: number): number {
  return TILES * Math.max(1, Math.floor(GATHERED_BYTES / rowBytes(kernelSize, channels) / TILES));
}

const rowBytes = ([height, width]: [number, number], channels: number) =>
  roundUp(height * width * strideOf(channels), GROUP);

/** Whether the kernel for 3 x 3 runs a depthwise convolution (depthwise.ts). */
export const isThreeByThree = ({ kernelSize }: Of<"depthwise_conv2d">): boolean =>
  kernelSize.join() === "3,3";

/** Bytes of the room that a layer needs while it runs. */
function roomBytes(layer: Layer, channels: number, width: number): number {
  if (layer.op === "conv2d" && !isProduct(layer, channels)) {
    return rowsAtOnce(layer, channels) * rowBytes(layer.kernelSize, channels);
  }
  if (layer.op === "depthwise_conv2d" && !isThreeByThree(layer)) {
    // Outputs are computed in fours (depthwiseAny.ts).
    const columns = (width + 2) * layer.strides[1] + layer.kernelSize[1];
    return columns * Math.ceil(layer.kernelSize[0] / 4) * 32;
  }
  // Coefficients that depend on the factors (multiply.ts).
  if (layer.op === "multiply") return 8 * padded(channels);
  return 0;
}

/** Bytes of staging that packing a layer's weights needs (packer.ts). */
function stagedBytes(layer: Layer, shapeOf: (name: string) => Shape): number {
  const read = shapeOf(layer.inputs[0]);
  const inputs = read[read.length - 1]!;
  switch (layer.op) {
    case "conv2d": {
      const [height, width] = layer.kernelSize;
      const kernel = height * width * inputs * layer.filters;
      return Constants.staged(kernel, 4 * inputs, 8 * layer.filters);
    }
    case "depthwise_conv2d":
      return Constants.staged(layer.kernelSize[0] * layer.kernelSize[1] * inputs);
    case "dense":
      return Constants.staged(4 * inputs * layer.units, 4 * layer.units);
    default:
      return 0;
  }
}

/** Plans a buffer for every activation. Later layers reuse it after its last use. */
export function planBuffers(network: Network, shapes: ReadonlyMap<string, Shape>): Buffers {
  const arena = new Arena(KERNEL_BYTES);
  const start = arena.end;
  const shapeOf = (name: string) => get(shapes, name);
  const lastUse = new Map<string, number>();
  network.forEach(({ inputs }, at) => inputs.forEach((name) => lastUse.set(name, at)));
  const [height, width] = dims(shapeOf(INPUT), 3);
  const pixels = arena.take(height * width * 3);
  const outputs = new Map([[INPUT, arena.take(bytesOf([height, width, 3]))]]);
  arena.give(pixels);
  const rooms = new Map<string, number>();
  network.forEach((layer, at) => {
    outputs.set(layer.name, arena.take(bytesOf(shapeOf(layer.name))));
    const read = shapeOf(layer.inputs[0]);
    const channels = read[read.length - 1]!;
    const [, outWidth = 1] = shapeOf(layer.name);
    const room = roomBytes(layer, channels, outWidth);
    if (room > 0) {
      const address = arena.take(room);
      rooms.set(layer.name, address);
      arena.give(address);
    }
    for (const name of new Set(layer.inputs)) {
      const address = outputs.get(name);
      if (lastUse.get(name) === at && address !== undefined) arena.give(address);
    }
  });
  const staged = Math.max(...network.map((layer) => stagedBytes(layer, shapeOf)));
  return { start, pixels, outputs, rooms, end: Math.max(arena.end, start + staged) };
}
