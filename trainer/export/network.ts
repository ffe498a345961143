import type { LayersModel } from "@tensorflow/tfjs-layers";
import {
  INPUT,
  type Layer,
  layerSchema,
  type Network,
  type Padding,
} from "../../shared/network/schema.ts";
import type { Package } from "../../shared/package/codec.ts";
import { weightOf } from "../../shared/package/weight.ts";
import { UserError } from "../error.ts";
import type { Curve } from "./activation.ts";
import { type Affine, affineOf, fold, stretch } from "./affine.ts";
import { inputsOf, type KerasLayer, lastOf, readShape, shapeOf } from "./kerasLayer.ts";
import { type Piece, readCurve, readZeros, writeLayer } from "./writers.ts";

/** A network as data, with its weights. */
export interface Exported {
  network: Network;
  tensors: Package["tensors"];
}

/** Layers that change their input in training only, or never. */
const IDENTITIES = new Set([
  "Dropout",
  "SpatialDropout2D",
  "GaussianNoise",
  "GaussianDropout",
  "AlphaDropout",
  "ActivityRegularization",
  "Identity",
]);

/** Classes that may take in zero padding. */
const CONVOLUTIONS = new Set(["Conv2D", "DepthwiseConv2D", "SeparableConv2D"]);

/** A layer with weights, which a batch norm or an activation can be folded into. */
type Weighted = Extract<Layer, { op: "conv2d" | "depthwise_conv2d" | "dense" | "scale_shift" }>;
const WEIGHTED = new Set<string>(["conv2d", "depthwise_conv2d", "dense", "scale_shift"]);
const isWeighted = (layer: Layer): layer is Weighted => WEIGHTED.has(layer.op);

/** Writes the layers of a model, in the order in which they run. */
class Exporter {
  readonly network: Network = [];
  readonly tensors: Package["tensors"] = new Map();
  /** For each Keras layer, the written layer that gives the same output. */
  private readonly writtenAs = new Map<string, string>();
  /** Written layers that more than one layer reads, so that nothing can be folded into them. */
  private readonly shared = new Set<string>();
  /** Keras layers whose image of 1 x 1 is written as a vector. */
  private readonly vectors = new Set<string>();
  /** The zeros that the reader of a ZeroPadding2D adds. */
  private readonly zeros = new Map<string, Padding>();
  private readonly readers = new Map<string, KerasLayer[]>();

  constructor(model: LayersModel) {
    for (const { name } of model.inputLayers) this.writtenAs.set(name, INPUT);
    const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
    for (const layer of layers) {
      for (const { name } of new Set(inputsOf(layer))) {
        this.readers.set(name, [...(this.readers.get(name) ?? []), layer]);
      }
    }
    for (const layer of layers) this.write(layer);
  }

  /** The written layer that gives a Keras layer's output. */
  as({ name }: KerasLayer): string {
    return this.writtenAs.get(name) ?? name;
  }

  private write(layer: KerasLayer): void {
    const reads = inputsOf(layer);
    for (const one of reads) {
      if (this.readersOf(one).length > 1) this.shared.add(this.as(one));
    }
    const isVector = (one: KerasLayer) => this.vectors.has(one.name) || shapeOf(one).length === 1;
    if (reads.every(isVector) && shapeOf(layer).length === 3) this.vectors.add(layer.name);
    const given = this.given(layer);
    const [input] = given.inputs;
    if (changesNothing(layer, reads.every(isVector))) {
      this.writtenAs.set(layer.name, input);
      return;
    }
    const affine = affineOf(layer);
    if (affine) {
      this.scale(layer, input, affine);
      return;
    }
    const curve = readCurve(layer);
    if (curve) {
      this.activate(layer, input, curve);
      return;
    }
    if (layer.getClassName() === "ZeroPadding2D") {
      this.pad(layer, input);
      return;
    }
    const pieces = writeLayer(given);
    const padding = reads[0] && this.zeros.get(reads[0].name);
    const first = pieces[0]?.layer;
    if (padding && first && "kernelSize" in first) first.padding = padding;
    this.push(layer, ...pieces);
  }

  /** What the writer of a layer reads. */
  private given(layer: KerasLayer) {
    const reads = inputsOf(layer);
    const vector = ({ name }: KerasLayer) => this.vectors.has(name);
    const flat = (one: KerasLayer | undefined) => one && (vector(one) || shapeOf(one).length === 1);
    // An image comes before the vector that it is multiplied by.
    const turned = layer.getClassName() === "Multiply" && flat(reads[0]) && !flat(reads[1]);
    const [first, ...others] = (turned ? reads.toReversed() : reads).map((one) => this.as(one));
    if (first === undefined) throw new Error(`layer "${layer.name}" reads nothing`);
    const inputs: [string, ...string[]] = [first, ...others];
    return { layer, name: layer.name, inputs, vector: reads.every(vector) };
  }

  private push({ name }: KerasLayer, ...pieces: Piece[]): void {
    for (const { layer, weights } of pieces) {
      this.network.push(layer);
      if (!weights) continue;
      this.tensors.set(`${layer.name}/kernel`, weights[0]).set(`${layer.name}/bias`, weights[1]);
    }
    this.writtenAs.set(name, name);
  }

  private readersOf({ name }: KerasLayer): KerasLayer[] {
    return this.readers.get(name) ?? [];
  }

  /** A written layer, if something can be folded into it. */
  private target(name: string): Weighted | undefined {
    const layer = this.network.find((one) => one.name === name);
    const open = layer && isWeighted(layer) && layer.activation === "linear";
    return open && !this.shared.has(name) ? layer : undefined;
  }

  /** Writes y = x * scale + shift: into the layer that gives x, or as a layer of its own. */
  private scale(layer: KerasLayer, input: string, affine: Affine): void {
    const target = this.target(input);
    if (target) {
      const kernel = weightOf(this.tensors, `${target.name}/kernel`);
      const bias = weightOf(this.tensors, `${target.name}/bias`);
      const [folded, moved] = fold(kernel, bias, affine);
      this.tensors.set(`${target.name}/kernel`, folded).set(`${target.name}/bias`, moved);
      this.writtenAs.set(layer.name, target.name);
      return;
    }
    const { name } = layer;
    const shape = [affine.scale.length];
    this.push(layer, {
      layer: { op: "scale_shift", name, inputs: [input], activation: "linear" },
      weights: [
        { shape, values: affine.scale },
        { shape, values: affine.shift },
      ],
    });
  }

  /** Writes a function: into the layer that gives what it reads, or as a layer of its own. */
  private activate(layer: KerasLayer, input: string, { function: own, factor }: Curve): void {
    if (factor !== 1) this.scale(layer, input, stretch(lastOf(readShape(layer)), factor));
    const read = this.writtenAs.get(layer.name) ?? input;
    const target = this.target(read);
    if (target) Object.assign(target, own);
    if (target || own.activation === "linear") {
      this.writtenAs.set(layer.name, read);
      return;
    }
    this.push(layer, { layer: { op: "activation", name: layer.name, inputs: [input], ...own } });
  }

  /** Writes zeros: into the convolution that reads them, or as a layer of its own. */
  private pad(layer: KerasLayer, input: string): void {
    const padding = readZeros(layer);
    const [reader, ...others] = this.readersOf(layer);
    this.writtenAs.set(layer.name, input);
    if (reader && others.length === 0 && CONVOLUTIONS.has(reader.getClassName())) {
      const first = writeLayer(this.given(reader))[0]?.layer;
      const valid = first && "kernelSize" in first && first.padding === "valid";
      if (valid && layerSchema.safeParse({ ...first, padding }).success) {
        this.zeros.set(layer.name, padding);
        return;
      }
    }
    const { name } = layer;
    this.push(layer, { layer: { op: "zero_padding2d", name, inputs: [input], padding } });
  }
}

/** Whether a layer gives what it reads, at most in another shape. @param ofVector whether it reads vectors */
function changesNothing(layer: KerasLayer, ofVector: boolean): boolean {
  const type = layer.getClassName();
  if (type === "Flatten" || type === "Reshape") return ofVector && isFlat(shapeOf(layer));
  return IDENTITIES.has(type);
}

/** Whether an image or a vector of this shape holds one number a channel. */
const isFlat = (shape: (number | null)[]) =>
  shape.length === 1 || (shape.length === 3 && shape[0] === 1 && shape[1] === 1);

/**
 * Writes a LayersModel as data. Batch norms and activations are folded into the layer before them, zero padding
 * into the convolution after it, where that is possible. What only acts in training is left out.
 *
 * @throws UserError that names the layer if the edge cannot run one
 */
export function exportNetwork(model: LayersModel): Exported {
  const exporter = new Exporter(model);
  const { network, tensors } = exporter;
  const output = exporter.as(model.outputLayers[0]!);
  if (output !== network[network.length - 1]?.name) {
    throw new UserError(`the model's output "${output}" is not its last layer`);
  }
  return { network, tensors };
}

/**
 * Joins two networks. The second reads the output of the first.
 *
 * @param tail exported from the other half of a cut (networks/cut.ts), so no name occurs in both
 */
export function joinNetworks(trunk: Exported, tail: Exported): Exported {
  const end = trunk.network[trunk.network.length - 1]!.name;
  const rest = tail.network.map((layer): Layer => {
    const inputs = layer.inputs.map((name) => (name === INPUT ? end : name));
    return layerSchema.parse({ ...layer, inputs });
  });
  return {
    network: [...trunk.network, ...rest],
    tensors: new Map([...trunk.tensors, ...tail.tensors]),
  };
}
