import { type Activations, LARGEST } from "./activations.ts";

/** The smallest and the largest value of each channel of a layer. */
export interface Range {
  least: Float32Array;
  largest: Float32Array;
}

/**
 * Least width of a channel's range, as a share of the widest in its layer. Narrower ranges would make
 * quiet channels more precise, but widen the spread of the next kernel's weights, which share 8 bits over
 * all channels. In MobileNetV2 the error was smallest at about a fifth.
 */
const NARROWEST = 0.2;

/** Activations that cover each channel from its smallest to its largest value, and zero. */
export function activationsOf({ least, largest }: Range): Activations {
  const low = least.map((value) => Math.min(value, 0));
  const widths = largest.map((value, c) => Math.max(value, 0) - low[c]!);
  const widest = widths.reduce((most, width) => Math.max(most, width), 0) || 1;
  const scale = widths.map((width) => Math.max(width, NARROWEST * widest) / LARGEST);
  const zero = scale.map((step, c) => Math.max(0, Math.min(LARGEST, Math.round(-low[c]! / step))));
  return { scale, zero };
}
