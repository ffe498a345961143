import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { chain } from "../../layers/chain.ts";
import { sizeAt } from "../../sizeAt.ts";
import { type Activation, type Convolutions, roundChannels } from "./convolutions.ts";

/** An inverted bottleneck. */
export interface Bottleneck {
  /** Channels between the convolutions; undefined: those of the input, without a convolution that expands. */
  expanded?: number;
  channels: number;
  kernel: number;
  stride: number;
  activation: Activation;
  /** Whether the channels of the depthwise convolution are gated, by a quarter of as many. */
  gated?: boolean;
}

/** Adds the input of a block to its output where neither resolution nor channels change. */
export function residual(
  x: SymbolicTensor,
  y: SymbolicTensor,
  { name, stride }: { name: string; stride: number },
): SymbolicTensor {
  const fits = stride === 1 && sizeAt(x, 3) === sizeAt(y, 3);
  return fits ? chain([x, y], layers.add({ name: `${name}-add` })) : y;
}

/**
 * An inverted bottleneck (Sandler et al. 2018, "Inverted Residuals and Linear Bottlenecks"): a pointwise
 * convolution that expands, a depthwise one, and a linear pointwise one. Its convolutions are named
 * `block0-expand`, `block0-depthwise` and `block0-project`, those of a gate `block0-squeeze`
 * and `block0-excite`, the sum with the input `block0-add`.
 */
export function bottleneck(
  convolutions: Convolutions,
  x: SymbolicTensor,
  name: string,
  { expanded, channels, kernel, stride, activation, gated = false }: Bottleneck,
): SymbolicTensor {
  const expand = `${name}-expand`;
  const wide = expanded === undefined ? x : convolutions.full(x, expand, expanded, { activation });
  const options = { kernel, stride, activation };
  const filtered = convolutions.depthwise(wide, `${name}-depthwise`, options);
  const quarter = roundChannels(sizeAt(filtered, 3) / 4);
  const kept = gated ? convolutions.squeezeExcitation(filtered, name, quarter) : filtered;
  const projected = convolutions.full(kept, `${name}-project`, channels);
  return residual(x, projected, { name, stride });
}
