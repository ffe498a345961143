import type { Layer, Padding } from "../../../../shared/network/schema.ts";
import { dims } from "../../../../shared/network/dims.ts";
import type { Shape } from "../../../../shared/network/shapes.ts";
import type { PackageReader, Weight } from "../../../../shared/package/weight.ts";
import type { Activations } from "../../../../shared/quantization/activations.ts";
import { type Buffers, isProduct } from "./buffers.ts";
import type { Constants } from "./constants.ts";
import type { Kernel } from "./kernel.ts";
import { get } from "./get.ts";
import { Packer } from "./packer.ts";
import {
  coarsen,
  GROUP,
  integerKernel,
  packAffine,
  packDequantizing,
  packRescaling,
  packVector,
  packZeros,
  padded,
  strideOf,
} from "./pack.ts";

/** A call of the kernel. */
export type Step = () => void;

/** Makes a step here, because a closure created among weights would keep them in memory. */
export function call(run: (...numbers: number[]) => void, ...numbers: number[]): Step {
  return () => {
    run(...numbers);
  };
}

type Of<Op extends Layer["op"]> = Extract<Layer, { op: Op }>;

type Image = [height: number, width: number, channels: number];

/** Padding above and to the left of an image. "same" puts the odd row or column at the other side. */
function before(
  { padding, strides }: { padding: Padding; strides: [number, number] },
  window: [number, number],
  input: Image,
  output: Image,
): [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding[0], padding[2]];
  const zeros = (axis: 0 | 1) => {
    const covered = (output[axis] - 1) * strides[axis] + window[axis];
    return Math.floor(Math.max(0, covered - input[axis]) / 2);
  };
  return [zeros(0), zeros(1)];
}

/** Turns the layers of a network into calls of the kernel, and stores their constants in the memory. */
export class Steps {
  private readonly kernel: Kernel;
  private readonly constants: Constants;
  private readonly packer: Packer;

  constructor(
    private readonly of_: {
      kernel: Kernel;
      constants: Constants;
      buffers: Buffers;
      shapes: ReadonlyMap<string, Shape>;
      content: PackageReader;
      activations: ReadonlyMap<string, Activations>;
    },
  ) {
    this.kernel = of_.kernel;
    this.constants = of_.constants;
    this.packer = new Packer(of_.kernel, of_.constants);
  }

  /** The calls that run a layer. Its weights are read, packed and released. */
  of(layer: Layer): Step[] | Promise<Step[]> {
    switch (layer.op) {
      case "conv2d":
        return this.convolution(layer);
      case "depthwise_conv2d":
        return this.depthwise(layer);
      case "max_pool2d":
      case "average_pool2d":
        return this.pool(layer);
      case "add":
        return this.add(layer);
      case "concat":
        return this.concat(layer);
      case "activation":
        return this.activation(layer);
      case "global_average_pool2d":
      case "flatten":
        return this.toVector(layer);
      case "dense":
        return this.dense(layer);
    }
  }

  private place = (name: string) => get(this.of_.buffers.outputs, name);
  private shape = (name: string) => get(this.of_.shapes, name);
  private image = (name: string): Image => dims(this.shape(name), 3);
  private activations = (name: string) => get(this.of_.activations, name);
  private weight = (name: string): Promise<Weight> => this.of_.content.weight(name);

  private async convolution(layer: Of<"conv2d">): Promise<Step[]> {
    const { kernel, constants } = this;
    const [input] = layer.inputs;
    const [height, width, channels] = this.image(input);
    const output = this.image(layer.name);
    const [outHeight, outWidth, filters] = output;
    const [reads, gives] = [this.activations(input), this.activations(layer.name)];
    const integers = integerKernel(await this.weight(`${layer.name}/kernel`), reads.scale, false);
    const { values, scales } = coarsen(integers, gives);
    const { weights, rows } = this.packer.gemm(values, channels, filters);
    const { values: bias } = await this.weight(`${layer.name}/bias`);
    const sums = this.packer.sumZeros(values, filters, reads.zero);
    const affine = constants.put(packAffine(scales, bias, sums, gives));
    const [x, y] = [this.place(input), this.place(layer.name)];
    const pixels = outHeight * outWidth;
    const [stride, outStride] = [strideOf(channels), strideOf(filters)];
    const panels = padded(filters) / GROUP;
    if (isProduct(layer, channels)) {
      return [call(kernel.gemm, x, stride, pixels, rows, weights, affine, y, outStride, panels)];
    }
    const zeros = constants.put(packZeros(reads));
    const { address, pixels: most } = get(this.of_.buffers.gathered, layer.name);
    const [top, left] = before(layer, layer.kernelSize, this.image(input), output);
    const [rowStep, columnStep] = layer.strides;
    const windows = Array.from({ length: Math.ceil(pixels / most) }, (_, i) => i * most);
    return windows.flatMap((first) => {
      const count = Math.min(most, pixels - first);
      const to = y + first * outStride;
      return [
        call(
          kernel.gather,
          ...[x, height, width, stride, zeros, ...layer.kernelSize, rowStep, columnStep],
          ...[top, left, outWidth, first, count, address, rows],
        ),
        call(kernel.gemm, address, rows, count, rows, weights, affine, to, outStride, panels),
      ];
    });
  }

  private async depthwise(layer: Of<"depthwise_conv2d">): Promise<Step[]> {
    const { kernel, constants } = this;
    const [input] = layer.inputs;
    const [height, width, channels] = this.image(input);
    const output = this.image(layer.name);
    const [outHeight, outWidth] = output;
    const [reads, gives] = [this.activations(input), this.activations(layer.name)];
    const integers = integerKernel(await this.weight(`${layer.name}/kernel`), reads.scale, true);
    const { values, scales } = coarsen(integers, gives);
    const { values: bias } = await this.weight(`${layer.name}/bias`);
    const sums = new Float64Array(channels);
    // Behind a ReLU every zero is 0.
    if (reads.zero.some((value) => value !== 0)) {
      values.forEach((value, i) => {
        sums[i % channels]! += value * reads.zero[i % channels]!;
      });
    }
    const affine = constants.put(packAffine(scales, bias, sums, gives));
    const w = this.packer.depthwise(values, channels);
    const zeros = constants.put(packZeros(reads));
    const [x, y] = [this.place(input), this.place(layer.name)];
    const numbers = [
      ...[x, height, width, strideOf(channels), zeros, w, affine, y, outHeight, outWidth],
      ...[...layer.strides, ...before(layer, layer.kernelSize, this.image(input), output)],
    ];
    return [call(kernel.depthwise, ...numbers)];
  }

  private pool(layer: Of<"max_pool2d" | "average_pool2d">): Step[] {
    const [input] = layer.inputs;
    const [height, width, channels] = this.image(input);
    const output = this.image(layer.name);
    const numbers = [
      ...[this.place(input), height, width, strideOf(channels), ...layer.poolSize],
      ...[...layer.strides, ...before(layer, layer.poolSize, this.image(input), output)],
      ...[this.place(layer.name), output[0], output[1]],
    ];
    const run = layer.op === "max_pool2d" ? this.kernel.maxPool : this.kernel.averagePool;
    return [call(run, ...numbers)];
  }

  private add(layer: Of<"add">): Step[] {
    const { kernel, constants } = this;
    const [first, second, ...others] = layer.inputs;
    if (first === undefined || second === undefined || others.length > 0) {
      throw new Error(
        `layer "${layer.name}" adds ${layer.inputs.length} inputs; int8 arithmetic supports 2`,
      );
    }
    const shape = this.shape(layer.name);
    const places = [first, second].map(this.place);
    if (shape.length === 1) {
      return [call(kernel.addVectors, ...places, shape[0]!, this.place(layer.name))];
    }
    const gives = this.activations(layer.name);
    const parts = [first, second].map((name) => packRescaling(this.activations(name), gives));
    // Both parts include the sum's zero, so one is subtracted.
    const b = packVector(gives.zero.map((zero, c) => parts[0]!.b[c]! + parts[1]!.b[c]! - zero));
    const [height, width, channels] = dims(shape, 3);
    const numbers = [
      ...[...places, height * width, strideOf(channels)],
      ...[constants.put(parts[0]!.a), constants.put(parts[1]!.a), constants.put(b)],
      this.place(layer.name),
    ];
    return [call(kernel.addRows, ...numbers)];
  }

  private concat(layer: Of<"concat">): Step[] {
    const { kernel, constants } = this;
    const [height, width, channels] = this.image(layer.name);
    let at = this.place(layer.name);
    return layer.inputs.map((name) => {
      const [, , own] = this.image(name);
      const same = this.activations(name);
      const { a, b } = packRescaling(same, same);
      const numbers = [
        ...[this.place(name), height * width, own, strideOf(own)],
        ...[constants.put(a), constants.put(b), at, strideOf(channels)],
      ];
      at += own;
      return call(kernel.rescaleRows, ...numbers);
    });
  }

  private activation(layer: Of<"activation">): Step[] {
    const { kernel, constants } = this;
    const [input] = layer.inputs;
    const gives = this.activations(layer.name);
    const [height, width, channels] = this.image(layer.name);
    const { a, b } = packRescaling(this.activations(input), gives);
    const stride = strideOf(channels);
    const numbers = [
      ...[this.place(input), height * width, channels, stride],
      ...[constants.put(a), constants.put(b), this.place(layer.name), stride],
    ];
    return [call(kernel.rescaleRows, ...numbers)];
  }

  private toVector(layer: Of<"global_average_pool2d" | "flatten">): Step[] {
    const { kernel, constants } = this;
    const [input] = layer.inputs;
    const [height, width, channels] = this.image(input);
    const pixels = height * width;
    const { a, b } = packDequantizing(this.activations(input));
    const mean = layer.op === "global_average_pool2d";
    const numbers = [
      ...[this.place(input), pixels, channels, strideOf(channels)],
      constants.put(mean ? a.map((value) => value / pixels) : a),
      ...[constants.put(b), this.place(layer.name)],
    ];
    const run = mean ? kernel.globalAverage : kernel.dequantizeRows;
    return [call(run, ...numbers)];
  }

  private async dense(layer: Of<"dense">): Promise<Step[]> {
    const { kernel, constants } = this;
    const [input] = layer.inputs;
    const weights = this.packer.dense(await this.weight(`${layer.name}/kernel`));
    const { values: bias } = await this.weight(`${layer.name}/bias`);
    const least = layer.activation === "linear" ? -Infinity : 0;
    const most = layer.activation === "relu6" ? 6 : Infinity;
    const numbers = [
      ...[this.place(input), ...dims(this.shape(input), 1), weights],
      ...[constants.put(packVector(bias)), this.place(layer.name)],
      ...[padded(layer.units) / GROUP, least, most],
    ];
    return [call(kernel.dense, ...numbers)];
  }
}
