import type * as tf from "@tensorflow/tfjs-core";
import { dims } from "../../../../shared/network/dims.ts";
import type { UnitShape } from "../../../../shared/pddm/form.ts";

/** The width of a vector; counts are padded to multiples of it. */
const WIDTH = 4;

const padded = (count: number): number => Math.ceil(count / WIDTH) * WIDTH;

/**
 * A kernel in panels of four outputs, [units / 4, inputs, 4], so that it is read from end to end.
 *
 * @param kernel [inputs, units]
 * @param rows of the padded inputs, which row of the kernel is theirs, if any
 */
function panels(kernel: tf.Tensor, rows: (number | undefined)[], scale = 1): Float32Array {
  const values = kernel.dataSync<"float32">();
  const [, units] = dims(kernel.shape, 2);
  const packed = new Float32Array(rows.length * padded(units));
  rows.forEach((row, input) => {
    if (row === undefined) return;
    for (let unit = 0; unit < units; unit++) {
      const panel = Math.floor(unit / WIDTH);
      const at = (panel * rows.length + input) * WIDTH + (unit % WIDTH);
      packed[at] = scale * values[row * units + unit]!;
    }
  });
  return packed;
}

/** A vector with zeros behind it. */
function vector(values: ArrayLike<number>): Float32Array {
  const packed = new Float32Array(padded(values.length));
  packed.set(values);
  return packed;
}

/** 0, 1, ... count - 1, and nothing where padding is. */
const rowsOf = (count: number, first = 0) =>
  Array.from({ length: padded(count) }, (_, i) => (i < count ? first + i : undefined));

/** A unit as assembly/kernel.ts wants it. */
export interface PackedUnit {
  /** Embedding dimensions and hidden width, padded. */
  d: number;
  h: number;
  weights: Float32Array;
}

/** @param weights the tensors that `pddmWeights` lists, by name */
export function packUnit(
  { form, hidden }: UnitShape,
  weights: ReadonlyMap<string, tf.Tensor>,
): PackedUnit {
  const weight = (name: string) => {
    const tensor = weights.get(`pddm/${name}`);
    if (!tensor) throw new Error(`weight "pddm/${name}" is not loaded`);
    return tensor;
  };
  const values = (name: string) => weight(name).dataSync<"float32">();
  const [dimensions] = weight("u/kernel").shape;
  const parts = [
    panels(weight("v/kernel"), rowsOf(dimensions), 0.5),
    panels(weight("u/kernel"), rowsOf(dimensions)),
    panels(weight("c/kernel"), [...rowsOf(hidden), ...rowsOf(hidden, hidden)]),
    vector(values("u/bias")),
    vector(values("v/bias")),
    vector(values("c/bias")),
    vector(values("s/kernel")),
    vector([...values("s/bias"), ...(form === "residual" ? values("distance") : [])]),
  ];
  return { d: padded(dimensions), h: padded(hidden), weights: join(parts) };
}

/** Arrays one after the other. */
function join(parts: Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
