/**
 * The gradient of a convolution with respect to its input, as convolutions without strides.
 *
 * An input pixel h with (h + pad) mod s = a meets only the filter taps a, a + s, a + 2 s, ... So the pixels fall
 * into s x s phases, and each phase is the gradient dy convolved with the rotated taps of the phase. This avoids
 * the multiplications by zero that spreading dy by the strides would need.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Conv2DInfo, ExplicitPadding } from "./geometry.ts";
import { allocate, copier, float32View } from "./heap.ts";

/** One axis of a phase. */
interface Phase {
  /** The rotated filter taps of the phase. */
  taps: number[];
  /** The pixels of the phase: h = stride m + offset for `count` values of m, starting with `first`. */
  first: number;
  count: number;
  offset: number;
  /** Padding of dy at both ends; a negative value cuts. */
  before: number;
  after: number;
}

/**
 * Computes dx.
 *
 * @param filter one matrix per tap, [taps, ...matrix]
 * @param convolve applies a filter [rows, columns, ...matrix] to dy and gives `info.inChannels` channels
 */
export function inputGradient(
  dy: tf.Tensor,
  filter: tf.Tensor,
  info: Conv2DInfo,
  convolve: (image: tf.Tensor4D, filter: tf.Tensor4D, padding: ExplicitPadding) => tf.Tensor,
): tf.Tensor {
  const inner = filter.shape[1]!;
  const outer = filter.shape[2]!;
  const { top, left } = info.padInfo;
  const rows = phases(info.strideHeight, top, info.filterHeight, info.inHeight, info.outHeight);
  const columns = phases(info.strideWidth, left, info.filterWidth, info.inWidth, info.outWidth);

  const part = (row: Phase, column: Phase): tf.Tensor => {
    const taps = row.taps.flatMap((i) => column.taps.map((j) => i * info.filterWidth + j));
    // Uses slices, because the stock gather copies one value at a time.
    const turned = tf.concat(taps.map((tap) => tf.slice(filter, [tap, 0, 0], [1, inner, outer])));
    return convolve(
      cut(dy, row, column),
      tf.reshape(turned, [row.taps.length, column.taps.length, inner, outer]),
      [
        [0, 0],
        [Math.max(0, row.before), Math.max(0, row.after)],
        [Math.max(0, column.before), Math.max(0, column.after)],
        [0, 0],
      ],
    );
  };

  if (info.strideHeight * info.strideWidth === 1) return part(rows[0]!, columns[0]!);
  const dx = allocate(info.inShape);
  float32View(dx).fill(0);
  for (const row of rows.filter(hasPixels)) {
    for (const column of columns.filter(hasPixels)) {
      tf.tidy(() => {
        interleave(part(row, column), dx, row, column, info);
      });
    }
  }
  return dx;
}

function phases(
  stride: number,
  pad: number,
  filterSize: number,
  inSize: number,
  outSize: number,
): Phase[] {
  return Array.from({ length: stride }, (_, a) => {
    const taps: number[] = [];
    for (let tap = a; tap < filterSize; tap += stride) taps.unshift(tap);
    const offset = a - pad;
    const first = Math.ceil(-offset / stride);
    const last = Math.floor((inSize - 1 - offset) / stride);
    const before = taps.length - 1 - first;
    return { taps, offset, first, count: last - first + 1, before, after: last + 1 - outSize };
  });
}

function hasPixels({ taps, count }: Phase): boolean {
  return taps.length > 0 && count > 0;
}

function cut(dy: tf.Tensor, rows: Phase, columns: Phase): tf.Tensor4D {
  const begin = [0, Math.max(0, -rows.before), Math.max(0, -columns.before), 0];
  const end = [0, Math.max(0, -rows.after), Math.max(0, -columns.after), 0];
  const size = dy.shape.map((length, axis) => length - begin[axis]! - end[axis]!);
  const whole = size.every((length, axis) => length === dy.shape[axis]);
  return (whole ? dy : tf.slice(dy, begin, size)) as tf.Tensor4D;
}

function interleave(
  part: tf.Tensor,
  dx: tf.Tensor,
  rows: Phase,
  columns: Phase,
  info: Conv2DInfo,
): void {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const copy = copier(part, dx);
  let from = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let m = rows.first; m < rows.first + rows.count; m++) {
      const row = (n * inHeight + m * strideHeight + rows.offset) * inWidth;
      for (let l = columns.first; l < columns.first + columns.count; l++) {
        copy(from, (row + l * strideWidth + columns.offset) * inChannels, inChannels);
        from += inChannels;
      }
    }
  }
}
