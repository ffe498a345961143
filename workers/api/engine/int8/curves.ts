import { type Activated, FUNCTIONS } from "../../../../shared/network/schema.ts";
import type { Activations } from "../../../../shared/quantization/activations.ts";
import type { Constants } from "./constants.ts";
import { GROUP, padded } from "./pack.ts";

/** Numbers before the coefficients. */
const HEAD = 4;
/** A range of values before a curve that no layer exceeds in earnest, so that biases fit into 32 bits. */
const WIDEST = 6;

/** Number and slope of a layer's function for assembly/curve.ts. */
export function curveOf({ activation, slope = 0 }: Activated): [kind: number, slope: number] {
  return [FUNCTIONS.indexOf(activation), slope];
}

/** Whether rounding to a layer's activations, which clamps them, also applies its function: see `fits`. */
export const isClamp = ({ activation }: Activated): boolean =>
  activation === "linear" || activation === "relu" || activation === "relu6";

/**
 * What a layer rounds to before its curve: its activations if it has none, otherwise plain values.
 *
 * @param gives the activations of the layer
 */
export function beforeCurve(layer: Activated, gives: Activations): Activations {
  if (isClamp(layer)) return gives;
  return { scale: gives.scale.map(() => 1), zero: gives.zero.map(() => 0) };
}

/** As `beforeCurve`, but with steps of a size that says how finely sums must be known. */
export function stepsBeforeCurve(layer: Activated, gives: Activations): Activations {
  if (isClamp(layer)) return gives;
  const scale = gives.scale.map((step) => Math.max(step, WIDEST / 127));
  return { scale, zero: gives.zero };
}

/** Stores a layer's curve for assembly/curve.ts. @returns its address, or 0 if it has none */
export function putCurve(layer: Activated, gives: Activations, constants: Constants): number {
  if (isClamp(layer)) return 0;
  const channels = gives.scale.length;
  const packed = new Float32Array(HEAD + 2 * padded(channels));
  const [kind, slope] = curveOf(layer);
  new Int32Array(packed.buffer)[0] = kind;
  packed[1] = slope;
  for (let c = 0; c < channels; c++) {
    const at = HEAD + Math.floor(c / GROUP) * 2 * GROUP + (c % GROUP);
    packed[at] = 1 / gives.scale[c]!;
    packed[at + GROUP] = gives.zero[c]!;
  }
  return constants.put(packed);
}
