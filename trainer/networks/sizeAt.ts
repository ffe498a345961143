import type { SymbolicTensor } from "@tensorflow/tfjs-layers";

/**
 * The length of an axis. A network may leave an axis open.
 *
 * @param axis a negative axis counts from the end
 * @throws Error if the axis is open or does not exist
 */
export function sizeAt({ shape }: SymbolicTensor, axis: number): number {
  const size = shape.at(axis);
  if (typeof size !== "number") throw new Error(`[${shape.join(", ")}] has no length at ${axis}`);
  return size;
}
