import type * as tf from "@tensorflow/tfjs-core";
import { dims } from "../../../../shared/network/dims.ts";
import type { UnitShape } from "../../../../shared/pddm/form.ts";

/** Numbers in a SIMD vector. Counts are padded to multiples of it. */
const WIDTH = 4;

const padded = (count: number): number => Math.ceil(count / WIDTH) * WIDTH;

/**
 * Packs a kernel in panels of four outputs, [units / 4, inputs, 4], so that it is read sequentially.
 *
 * @param kernel [inputs, units]
 * @param rows for each padded input its row of the kernel, or undefined for padding
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

/** A vector padded with zeros. */
function vector(values: ArrayLike<number>): Float32Array {
  const packed = new Float32Array(padded(values.length));
  packed.set(values);
  return packed;
}

/** first, first + 1, ... for `count` inputs, then undefined for padding. */
const rowsOf = (count: number, first = 0) =>
  Array.from({ length: padded(count) }, (_, i) => (i < count ? first + i : undefined));

/** A unit in the order that assembly/kernel.ts reads. */
export interface PackedUnit {
  /** Embedding dimensions, padded. */
  d: number;
  /** Hidden width, padded. */
  h: number;
  weights: Float32Array;
}

/** Packs a unit. @param weights the tensors that `pddmWeights` lists, by name */
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

/** Concatenates arrays. */
function join(parts: Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
