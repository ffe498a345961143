import type { Activations } from "../quantization/activations.ts";
import type { Manifest } from "./manifest.ts";
import { dequantize, type QuantizedKernel } from "./quantize.ts";

/** A weight: its float32 values, and its stored form if that is int8. */
export interface Weight {
  shape: number[];
  values: Float32Array;
  quantized?: QuantizedKernel;
}

/** An int8 weight. Its float32 values are computed on demand, because int8 arithmetic does not need them. */
export class Int8Weight implements Weight {
  constructor(
    readonly shape: number[],
    readonly quantized: QuantizedKernel,
  ) {}

  get values(): Float32Array {
    return dequantize(this.quantized);
  }
}

/** A package from which an engine takes each weight once. */
export interface PackageReader {
  readonly manifest: Manifest;
  /** The activations of int8 arithmetic, by layer and of the input, if the package states them. */
  readonly activations?: ReadonlyMap<string, Activations>;
  /** @throws Error if there is no such weight, PackageError if it is not as the manifest states */
  weight(name: string): Promise<Weight>;
}

/** @throws Error if it is missing */
export function weightOf(tensors: ReadonlyMap<string, Weight>, name: string): Weight {
  const weight = tensors.get(name);
  if (!weight) throw new Error(`weight "${name}" is not there`);
  return weight;
}
