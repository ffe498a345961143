import type { Activations } from "../quantization/activations.ts";
import type { Manifest } from "./manifest.ts";
import { dequantize, type QuantizedKernel } from "./quantize.ts";

/** A weight: its float32 values, and how it is stored where that is int8. */
export interface Weight {
  shape: number[];
  values: Float32Array;
  quantized?: QuantizedKernel;
}

/** An int8 weight, whose float32 values are made when they are asked for: not everyone needs them. */
export class Int8Weight implements Weight {
  constructor(
    readonly shape: number[],
    readonly quantized: QuantizedKernel,
  ) {}

  get values(): Float32Array {
    return dequantize(this.quantized);
  }
}

/** A package from which an engine takes the weights, each once. */
export interface PackageReader {
  readonly manifest: Manifest;
  /** What activations stand for in int8 arithmetic, by layer, the input's too; where it is stated. */
  readonly activations?: ReadonlyMap<string, Activations>;
  /** @throws Error where there is no such weight, PackageError where it is not as the manifest says */
  weight(name: string): Promise<Weight>;
}

/** @throws Error where it is missing */
export function weightOf(tensors: ReadonlyMap<string, Weight>, name: string): Weight {
  const weight = tensors.get(name);
  if (!weight) throw new Error(`weight "${name}" is not there`);
  return weight;
}
