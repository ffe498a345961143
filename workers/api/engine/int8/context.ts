import { dims } from "../../../../shared/network/dims.ts";
import type { Layer } from "../../../../shared/network/schema.ts";
import type { Shape } from "../../../../shared/network/shapes.ts";
import type { PackageReader, Weight } from "../../../../shared/package/weight.ts";
import type { Activations } from "../../../../shared/quantization/activations.ts";
import type { Buffers } from "./buffers.ts";
import type { Constants } from "./constants.ts";
import { get } from "./get.ts";
import type { Kernel } from "./kernel.ts";
import { Packer } from "./packer.ts";

/** A layer of one operation. */
export type Of<Op extends Layer["op"]> = Extract<Layer, { op: Op }>;

export type Image = [height: number, width: number, channels: number];

interface Parts {
  kernel: Kernel;
  constants: Constants;
  buffers: Buffers;
  shapes: ReadonlyMap<string, Shape>;
  content: PackageReader;
  activations: ReadonlyMap<string, Activations>;
}

/** What the layers of a network need to become calls of the kernel. */
export class Context {
  readonly kernel: Kernel;
  readonly constants: Constants;
  readonly packer: Packer;

  constructor(private readonly parts: Parts) {
    this.kernel = parts.kernel;
    this.constants = parts.constants;
    this.packer = new Packer(parts.kernel, parts.constants);
  }

  /** The address of a layer's output. */
  place = (name: string): number => get(this.parts.buffers.outputs, name);
  /** The address of a layer's own room. */
  room = (name: string): number => get(this.parts.buffers.rooms, name);
  shape = (name: string): Shape => get(this.parts.shapes, name);
  image = (name: string): Image => dims(this.shape(name), 3);
  activations = (name: string): Activations => get(this.parts.activations, name);
  weight = (name: string): Promise<Weight> => this.parts.content.weight(name);
}
