import type { Padding } from "../../../../../shared/network/schema.ts";
import type { Image } from "../context.ts";

/** Padding above and to the left of an image. "same" puts the odd row or column at the other side. */
export function before(
  { padding, strides }: { padding: Padding; strides: [number, number] },
  window: [number, number],
  input: Image,
  output: Image,
): [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding[0], padding[2]];
  const zeros = (axis: 0 | 1) => {
    const covered = (output[axis] - 1) * strides[axis] + window[axis];
    return Math.floor(Math.max(0, covered - input[axis]) / 2);
  };
  return [zeros(0), zeros(1)];
}
