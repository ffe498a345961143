interface Sizes {
  1: [number];
  2: [number, number];
  3: [number, number, number];
  4: [number, number, number, number];
}

function hasAxes<N extends keyof Sizes>(shape: readonly number[], axes: N): shape is Sizes[N] {
  return shape.length === axes;
}

/** The sizes of a shape that has `axes` axes. @throws Error if it has fewer or more */
export function dims<N extends keyof Sizes>(shape: readonly number[], axes: N): Sizes[N] {
  if (hasAxes(shape, axes)) return shape;
  throw new Error(`the shape [${shape.join(", ")}] does not have ${axes} axes`);
}
