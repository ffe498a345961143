import type { SymbolicTensor } from "@tensorflow/tfjs-layers";

/**
 * The length of an axis, which a network may leave open.
 *
 * @param axis counts from the end where negative
 * @throws Error where the axis is open or not there
 */
export function sizeAt({ shape }: SymbolicTensor, axis: number): number {
  const size = shape.at(axis);
  if (typeof size !== "number") throw new Error(`[${shape.join(", ")}] has no length at ${axis}`);
  return size;
}
