import { dims } from "../../../../shared/network/dims.ts";
import type { Weight } from "../../../../shared/package/weight.ts";
import { roundUp } from "./arena.ts";
import type { Constants } from "./constants.ts";
import type { Kernel } from "./kernel.ts";
import { GROUP, padded, strideOf } from "./pack.ts";

/** Stores weights in the order in which the kernel reads them; assembly/pack.ts documents the orders. */
export class Packer {
  constructor(
    private readonly kernel: Kernel,
    private readonly constants: Constants,
  ) {}

  /** @param values [taps, inputs, outputs] @returns the address, and taps times inputs padded to whole groups */
  gemm(values: Int8Array, inputs: number, outputs: number): { weights: number; rows: number } {
    const taps = values.length / (inputs * outputs);
    const stride = strideOf(inputs);
    const rows = roundUp(taps * stride, GROUP);
    const weights = this.constants.reserve(rows * padded(outputs));
    const sizes = [taps, inputs, stride, outputs, rows];
    this.kernel.packGemm(...this.constants.stage(values), ...sizes, weights);
    return { weights, rows };
  }

  /** @param values [height, width, channels] @returns the address */
  depthwise(values: Int8Array, [height, width]: [number, number], channels: number): number {
    const weights = this.constants.reserve(padded(channels) * width * roundUp(height, 4));
    this.kernel.packDepthwise(...this.constants.stage(values), height, width, channels, weights);
    return weights;
  }

  /** @param kernel [inputs, units] @returns the address of the weights, in float32 */
  dense(kernel: Weight): number {
    const { shape, quantized } = kernel;
    const [inputs, units] = dims(shape, 2);
    const weights = this.constants.reserve(4 * inputs * padded(units));
    if (quantized) {
      const staged = this.constants.stage(quantized.values, quantized.scales);
      this.kernel.packScaledDense(...staged, inputs, units, weights);
    } else {
      this.kernel.packDense(...this.constants.stage(kernel.values), inputs, units, weights);
    }
    return weights;
  }

  /** For each output the sum of w zero over its inputs. @param values [taps, inputs, outputs] */
  sumZeros(values: Int8Array, outputs: number, zero: Float32Array): Float64Array {
    const sums = new Float64Array(outputs);
    // The usual case: behind a ReLU every zero is 0.
    if (zero.every((value) => value === 0)) return sums;
    const taps = values.length / (zero.length * outputs);
    const staged = this.constants.stage(values, zero, sums);
    const to = staged[2]!;
    this.kernel.sumZeros(staged[0]!, taps, zero.length, outputs, staged[1]!, to);
    return this.constants.readFloat64(to, outputs);
  }
}
