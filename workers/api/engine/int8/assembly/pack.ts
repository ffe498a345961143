/**
 * Reorders weights from the order of a package to the order that the other functions read. It is in WebAssembly
 * because the first request of an isolate waits for it, and V8 starts JavaScript slowly.
 *
 * The destination must hold zeros, because padding is not written.
 */

/** Outputs per group. */
const GROUP: usize = 8;

/**
 * Packs weights for gemm.
 *
 * @param from [taps, inputs, outputs]
 * @param stride the padded number of inputs of a pixel
 * @param rows taps times stride, padded to 8
 * @param to [outputs / 8, rows / 4, 8, 4]
 */
export function packGemm(
  from: usize,
  taps: usize,
  inputs: usize,
  stride: usize,
  outputs: usize,
  rows: usize,
  to: usize,
): void {
  const panel = rows * GROUP;
  for (let tap: usize = 0; tap < taps; tap++) {
    for (let input: usize = 0; input < inputs; input++) {
      const row = tap * stride + input;
      let at = to + (row >> 2) * 32 + (row & 3);
      let output: usize = 0;
      for (; output + GROUP <= outputs; output += GROUP) {
        store<i8>(at, load<i8>(from));
        store<i8>(at, load<i8>(from, 1), 4);
        store<i8>(at, load<i8>(from, 2), 8);
        store<i8>(at, load<i8>(from, 3), 12);
        store<i8>(at, load<i8>(from, 4), 16);
        store<i8>(at, load<i8>(from, 5), 20);
        store<i8>(at, load<i8>(from, 6), 24);
        store<i8>(at, load<i8>(from, 7), 28);
        from += GROUP;
        at += panel;
      }
      for (; output < outputs; output++, from++, at += 4) store<i8>(at, load<i8>(from));
    }
  }
}

/**
 * Packs weights for depthwise.
 *
 * @param from [rows, columns, channels]
 * @param to [channels / 8, columns, quads, 8, 4 rows], a quad for each 4 rows
 */
export function packDepthwise(
  from: usize,
  rows: usize,
  columns: usize,
  channels: usize,
  to: usize,
): void {
  const quads = (rows + 3) >> 2;
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < columns; column++) {
      for (let channel: usize = 0; channel < channels; channel++, from++) {
        const step = ((channel / GROUP) * columns + column) * quads + (row >> 2);
        store<i8>(to + step * 32 + (channel % GROUP) * 4 + (row & 3), load<i8>(from));
      }
    }
  }
}

/** Packs weights for dense. @param from [inputs, units], float32 @param to [units / 8, inputs, 8] */
export function packDense(from: usize, inputs: usize, units: usize, to: usize): void {
  for (let input: usize = 0; input < inputs; input++) {
    for (let unit: usize = 0; unit < units; unit++, from += 4) {
      const at = ((unit / GROUP) * inputs + input) * GROUP + (unit % GROUP);
      store<f32>(to + at * 4, load<f32>(from));
    }
  }
}

/** As `packDense`, from int8 weights, each times its unit's scale. @param scales float32, one per unit */
export function packScaledDense(
  from: usize,
  scales: usize,
  inputs: usize,
  units: usize,
  to: usize,
): void {
  for (let input: usize = 0; input < inputs; input++) {
    for (let unit: usize = 0; unit < units; unit++, from++) {
      const at = ((unit / GROUP) * inputs + input) * GROUP + (unit % GROUP);
      store<f32>(to + at * 4, load<f32>(scales + unit * 4) * <f32>load<i8>(from));
    }
  }
}

/**
 * Adds for each output the sum of w zero over its inputs.
 *
 * @param from [taps, inputs, outputs] @param zero float32, one per input @param sums float64, initially 0
 */
export function sumZeros(
  from: usize,
  taps: usize,
  inputs: usize,
  outputs: usize,
  zero: usize,
  sums: usize,
): void {
  for (let tap: usize = 0; tap < taps; tap++) {
    for (let input: usize = 0; input < inputs; input++) {
      const value = <f64>load<f32>(zero + input * 4);
      for (let output: usize = 0; output < outputs; output++, from++) {
        const at = sums + output * 8;
        store<f64>(at, load<f64>(at) + value * <f64>load<i8>(from));
      }
    }
  }
}
