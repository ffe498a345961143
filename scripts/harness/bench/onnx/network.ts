import { dims } from "../../../../shared/network/dims.ts";
import {
  type Activated,
  INPUT,
  type Layer,
  type Padding,
} from "../../../../shared/network/schema.ts";
import { inferShapes } from "../../../../shared/network/shapes.ts";
import type { Package, PackageContent } from "../../../../shared/package/codec.ts";
import { type Attribute, Graph } from "./graph.ts";

/**
 * Names of the ONNX model's input, [1, height, width, 3] of 0..255, and output, [1, d] of length 1. They begin
 * with a colon, as no name of a layer does.
 */
export const ONNX_INPUT = ":pixels";
export const ONNX_OUTPUT = ":embedding";

interface Tensor {
  shape: number[];
  values: Float32Array;
}

/** Turns a convolution's kernel from [h, w, in, out] to [out, in, h, w]. */
function outputsFirst({ shape, values }: Tensor): Float32Array {
  const [h, w, inputs, outputs] = dims(shape, 4);
  const window = h * w;
  const turned = new Float32Array(values.length);
  for (let at = 0; at < window; at++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        turned[(o * inputs + i) * window + at] = values[(at * inputs + i) * outputs + o]!;
  return turned;
}

function paddingOf(padding: Padding): Record<string, Attribute> {
  if (padding === "same") return { auto_pad: "SAME_UPPER" };
  if (padding === "valid") return { auto_pad: "VALID" };
  const [top, bottom, left, right] = padding;
  return { pads: [top, left, bottom, right] };
}

/** Functions of activation that are one operator. */
const OPERATORS = {
  linear: "Identity",
  relu: "Relu",
  hard_swish: "HardSwish",
  sigmoid: "Sigmoid",
  elu: "Elu",
} as const;

/** Writes layers as ONNX operators. ONNX has channels in front: [n, c, h, w]. */
class Writer {
  readonly graph = new Graph();
  /** The names of the layers' outputs in the graph. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly tensors: Package["tensors"],
    private readonly shapes: ReadonlyMap<string, readonly number[]>,
  ) {}

  /** (x / 255 - mean) / std, with the channels in front. */
  normalize({ mean, std }: PackageContent["input"]): void {
    const scale = std.map((value) => 1 / (255 * value));
    const shift = mean.map((value, channel) => -value / std[channel]!);
    this.graph.constant(":scale", [1, 3, 1, 1], Float32Array.from(scale));
    this.graph.constant(":shift", [1, 3, 1, 1], Float32Array.from(shift));
    this.graph.node("Transpose", [ONNX_INPUT], ":channels-first", { perm: [0, 3, 1, 2] });
    this.graph.node("Mul", [":channels-first", ":scale"], ":scaled");
    this.graph.node("Add", [":scaled", ":shift"], ":normalized");
    this.names.set(INPUT, ":normalized");
  }

  layer(layer: Layer): void {
    const inputs = layer.inputs.map((name) => this.names.get(name) ?? name);
    const { name } = layer;
    const node = (
      operator: string,
      attributes: Record<string, Attribute> = {},
      ...constants: string[]
    ) => this.graph.node(operator, [...inputs, ...constants], name, attributes);
    switch (layer.op) {
      case "conv2d":
      case "depthwise_conv2d":
      case "dense":
        this.weighted(layer, inputs[0]!);
        return;
      case "max_pool2d":
      case "average_pool2d":
        node(layer.op === "max_pool2d" ? "MaxPool" : "AveragePool", {
          kernel_shape: layer.poolSize,
          strides: layer.strides,
          ...paddingOf(layer.padding),
        });
        return;
      case "global_average_pool2d":
        this.graph.node("GlobalAveragePool", inputs, `${name}:mean`);
        this.graph.node("Flatten", [`${name}:mean`], name, { axis: 1 });
        return;
      case "flatten":
        this.flatten(name, inputs[0]!, layer.inputs[0]);
        return;
      case "activation":
        this.activate(layer, inputs[0]!, name);
        return;
      case "zero_padding2d": {
        const [top, bottom, left, right] = layer.padding;
        const pads = [0, 0, top, left, 0, 0, bottom, right];
        node("Pad", {}, this.graph.integers(`${name}:pads`, pads));
        return;
      }
      case "scale_shift":
        this.scaleShift(layer, inputs[0]!);
        return;
      case "multiply":
        this.multiply(layer, inputs);
        return;
      case "add":
        node("Sum");
        return;
      case "concat":
        node("Concat", { axis: 1 });
    }
  }

  /** Divides the embedding by its length. */
  unit(last: string): void {
    this.graph.node("ReduceL2", [last], ":length", { axes: [1], keepdims: 1 });
    this.graph.node("Div", [last, ":length"], ONNX_OUTPUT);
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`weight "${name}" is missing`);
    return tensor;
  }

  private weighted(
    layer: Extract<Layer, { op: "conv2d" | "depthwise_conv2d" | "dense" }>,
    input: string,
  ): void {
    const { name, activation } = layer;
    const kernel = this.tensor(`${name}/kernel`);
    const { shape: biasShape, values: biasValues } = this.tensor(`${name}/bias`);
    const bias = this.graph.constant(`${name}/bias`, biasShape, biasValues);
    const output = activation === "linear" ? name : `${name}:linear`;
    if (layer.op === "dense") {
      const matrix = this.graph.constant(`${name}/kernel`, kernel.shape, kernel.values);
      this.graph.node("Gemm", [input, matrix, bias], output);
    } else {
      const [h, w, channels, outputs] = dims(kernel.shape, 4);
      const depthwise = layer.op === "depthwise_conv2d";
      // The last two axes of a depthwise kernel, [h, w, c, multiplier], are the outputs.
      const [reads, gives] = depthwise ? [1, channels * outputs] : [channels, outputs];
      const turned = outputsFirst({ shape: [h, w, reads, gives], values: kernel.values });
      const shape = [gives, reads, h, w];
      const filter = this.graph.constant(`${name}/kernel`, shape, turned);
      this.graph.node("Conv", [input, filter, bias], output, {
        kernel_shape: layer.kernelSize,
        strides: layer.strides,
        group: depthwise ? channels : 1,
        ...paddingOf(layer.padding),
      });
    }
    if (output !== name) this.activate(layer, output, name);
  }

  /** A constant of a number for each channel of a layer's output. */
  private byChannel(layer: string, suffix: string): string {
    const { values } = this.tensor(`${layer}/${suffix}`);
    const shape = this.shapes.get(layer)?.length === 3 ? [1, values.length, 1, 1] : [values.length];
    return this.graph.constant(`${layer}/${suffix}`, shape, values);
  }

  private scaleShift(layer: Extract<Layer, { op: "scale_shift" }>, input: string): void {
    const { name } = layer;
    this.graph.node("Mul", [input, this.byChannel(name, "kernel")], `${name}:scaled`);
    this.graph.node("Add", [`${name}:scaled`, this.byChannel(name, "bias")], `${name}:linear`);
    this.activate(layer, `${name}:linear`, name);
  }

  private multiply(layer: Extract<Layer, { op: "multiply" }>, [x = "", factors = ""]: string[]) {
    const { name } = layer;
    const [image, vector] = layer.inputs.map((input) => this.shapes.get(input)?.length ?? 0);
    const spread = image !== vector;
    if (spread) {
      const axes = this.graph.integers(`${name}:axes`, [2, 3]);
      this.graph.node("Unsqueeze", [factors, axes], `${name}:factors`);
    }
    this.graph.node("Mul", [x, spread ? `${name}:factors` : factors], name);
  }

  private activate({ activation, slope = 0 }: Activated, from: string, to: string): void {
    const { graph } = this;
    const number = (value: number) => graph.constant(`${to}:${value}`, [], Float32Array.of(value));
    switch (activation) {
      case "relu6":
        graph.node("Clip", [from, number(0), number(6)], to);
        return;
      case "hard_sigmoid":
        // Its slope is an attribute in float32, which is 1 / 6 in HardSwish.
        graph.node("Mul", [from, number(1 / 6)], `${to}:scaled`);
        graph.node("Add", [`${to}:scaled`, number(0.5)], `${to}:line`);
        graph.node("Clip", [`${to}:line`, number(0), number(1)], to);
        return;
      case "swish":
        graph.node("Sigmoid", [from], `${to}:sigmoid`);
        graph.node("Mul", [from, `${to}:sigmoid`], to);
        return;
      case "leaky_relu":
        graph.node("PRelu", [from, number(slope)], to);
        return;
      default:
        graph.node(OPERATORS[activation], [from], to);
    }
  }

  /** Flattens in the order of [h, w, c], which the following weights expect. */
  private flatten(name: string, input: string, layer: string): void {
    const shape = this.shapes.get(layer);
    if (!shape) throw new Error(`layer "${layer}" has no shape`);
    const image = shape.length === 3;
    if (image) this.graph.node("Transpose", [input], `${name}:last`, { perm: [0, 2, 3, 1] });
    this.graph.node("Flatten", [image ? `${name}:last` : input], name, { axis: 1 });
  }
}

/**
 * Writes a package's network as an ONNX model, from bytes of RGB to a unit vector. It computes the same as
 * `Model.embed` for one image.
 */
export function writeOnnx(
  { network, input, embedding }: Pick<PackageContent, "network" | "input" | "embedding">,
  tensors: Package["tensors"],
): Uint8Array {
  const writer = new Writer(tensors, inferShapes(network, input).outputs);
  writer.normalize(input);
  for (const layer of network) writer.layer(layer);
  writer.unit(network[network.length - 1]!.name);
  return writer.graph.encode(
    { name: ONNX_INPUT, shape: [1, input.height, input.width, 3] },
    { name: ONNX_OUTPUT, shape: [1, embedding.dimensions] },
  );
}
