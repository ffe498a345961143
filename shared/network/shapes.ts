import { INPUT, type Layer, type Network, type Padding } from "./schema.ts";

/** The output shape of a layer without the batch: [height, width, channels] or [features]. */
export type Shape = number[];

/** The name and shape that a weight tensor must have. */
export interface WeightSpec {
  name: string;
  shape: Shape;
}

export interface NetworkShapes {
  /** Output shape of every layer, by name. */
  outputs: Map<string, Shape>;
  /** Every weight that the network reads. */
  weights: WeightSpec[];
  /** Length of the feature vector. */
  dimensions: number;
}

/** The layers of a network do not fit together. `layer` names the first that does not. */
export class NetworkError extends Error {
  override name = "NetworkError";
  constructor(
    readonly layer: string,
    problem: string,
  ) {
    super(`layer "${layer}": ${problem}`);
  }
}

function spatial(layer: Layer, shape: Shape): [number, number, number] {
  if (shape.length !== 3) {
    throw new NetworkError(layer.name, `${layer.op} reads an image, not a vector of ${shape[0]}`);
  }
  return [shape[0]!, shape[1]!, shape[2]!];
}

function slide(
  layer: Layer & { strides: [number, number]; padding: Padding },
  kernel: [number, number],
  shape: Shape,
): [number, number] {
  const [height, width] = spatial(layer, shape);
  const { padding, strides } = layer;
  const places = (size: number, axis: 0 | 1) => {
    if (padding === "same") return Math.ceil(size / strides[axis]);
    const zeros = padding === "valid" ? 0 : padding[2 * axis]! + padding[2 * axis + 1]!;
    return Math.floor((size + zeros - kernel[axis]) / strides[axis]) + 1;
  };
  const [outHeight, outWidth] = [places(height, 0), places(width, 1)];
  if (outHeight < 1 || outWidth < 1) {
    throw new NetworkError(
      layer.name,
      `a ${kernel.join("x")} window does not fit into ${shape.join("x")}`,
    );
  }
  return [outHeight, outWidth];
}

interface LayerShapes {
  output: Shape;
  kernel?: Shape;
  bias?: Shape;
}

function layerShapes(layer: Layer, inputs: Shape[]): LayerShapes {
  // The schema asks for one input at least.
  const input = inputs[0]!;
  switch (layer.op) {
    case "conv2d": {
      const [, , channels] = spatial(layer, input);
      return {
        output: [...slide(layer, layer.kernelSize, input), layer.filters],
        kernel: [...layer.kernelSize, channels, layer.filters],
        bias: [layer.filters],
      };
    }
    case "depthwise_conv2d": {
      const [, , channels] = spatial(layer, input);
      return {
        output: [...slide(layer, layer.kernelSize, input), channels * layer.depthMultiplier],
        kernel: [...layer.kernelSize, channels, layer.depthMultiplier],
        bias: [channels * layer.depthMultiplier],
      };
    }
    case "dense":
      if (input.length !== 1) throw new NetworkError(layer.name, "dense reads a vector");
      return { output: [layer.units], kernel: [input[0]!, layer.units], bias: [layer.units] };
    case "max_pool2d":
    case "average_pool2d":
      return { output: [...slide(layer, layer.poolSize, input), input[2]!] };
    case "global_average_pool2d":
      return { output: [spatial(layer, input)[2]] };
    case "zero_padding2d": {
      const [height, width, channels] = spatial(layer, input);
      const [top, bottom, left, right] = layer.padding;
      return { output: [height + top + bottom, width + left + right, channels] };
    }
    case "flatten":
      return { output: [input.reduce((product, size) => product * size, 1)] };
    case "activation":
      return { output: input };
    case "scale_shift": {
      const channels = input[input.length - 1]!;
      return { output: input, kernel: [channels], bias: [channels] };
    }
    case "multiply": {
      const factors = inputs[1]!.join();
      if (factors !== input.join() && factors !== String(input[input.length - 1])) {
        throw new NetworkError(layer.name, `cannot multiply shapes ${inputs.join(" and ")}`);
      }
      return { output: input };
    }
    case "add":
      if (inputs.some((shape) => shape.join() !== input.join())) {
        throw new NetworkError(layer.name, `cannot add shapes ${inputs.join(" and ")}`);
      }
      return { output: input };
    case "concat":
      if (inputs.some((shape) => shape.slice(0, -1).join() !== input.slice(0, -1).join())) {
        throw new NetworkError(layer.name, `cannot concatenate shapes ${inputs.join(" and ")}`);
      }
      return {
        output: [
          ...input.slice(0, -1),
          inputs.reduce((sum, shape) => sum + shape[shape.length - 1]!, 0),
        ],
      };
  }
}

/**
 * Computes every shape of a network.
 *
 * @throws NetworkError if a layer reads something that does not exist or does not fit
 */
export function inferShapes(
  network: Network,
  input: { width: number; height: number },
): NetworkShapes {
  const outputs = new Map<string, Shape>([[INPUT, [input.height, input.width, 3]]]);
  const weights: WeightSpec[] = [];
  for (const layer of network) {
    if (outputs.has(layer.name)) throw new NetworkError(layer.name, "the name is taken");
    const inputs = layer.inputs.map((name) => {
      const shape = outputs.get(name);
      if (!shape)
        throw new NetworkError(layer.name, `reads "${name}", which no layer before it makes`);
      return shape;
    });
    const { output, kernel, bias } = layerShapes(layer, inputs);
    if (kernel) weights.push({ name: `${layer.name}/kernel`, shape: kernel });
    if (bias) weights.push({ name: `${layer.name}/bias`, shape: bias });
    outputs.set(layer.name, output);
  }
  const last = network[network.length - 1]!.name;
  const features = outputs.get(last) ?? [];
  if (features.length !== 1) throw new NetworkError(last, "the last layer must give a vector");
  return { outputs, weights, dimensions: features[0]! };
}
