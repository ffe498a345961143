/**
 * Weights from the order of a package to that of the other functions here. Nothing of it needs to be
 * in WebAssembly but that an isolate's first request waits for it, and V8 starts JavaScript slowly.
 *
 * What is written to must hold zeros: padding is left as it is.
 */

/** Outputs come in groups of so many. */
const GROUP: usize = 8;

/**
 * Weights for gemm.
 *
 * @param from [taps, inputs, outputs]
 * @param stride inputs padded, as pixels hold them
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

/** Weights for depthwise. @param from [3, 3, channels] @param to [channels / 8, 3 columns, 8, 4 rows] */
export function packDepthwise(from: usize, channels: usize, to: usize): void {
  for (let row: usize = 0; row < 3; row++) {
    for (let column: usize = 0; column < 3; column++) {
      for (let channel: usize = 0; channel < channels; channel++, from++) {
        const at = ((channel / GROUP) * 3 + column) * 32 + (channel % GROUP) * 4 + row;
        store<i8>(to + at, load<i8>(from));
      }
    }
  }
}

/** Weights for dense. @param from [inputs, units], float32 @param to [units / 8, inputs, 8] */
export function packDense(from: usize, inputs: usize, units: usize, to: usize): void {
  for (let input: usize = 0; input < inputs; input++) {
    for (let unit: usize = 0; unit < units; unit++, from += 4) {
      const at = ((unit / GROUP) * inputs + input) * GROUP + (unit % GROUP);
      store<f32>(to + at * 4, load<f32>(from));
    }
  }
}

/** The same of int8 weights, each times its unit's scale. @param scales of the units */
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
 * For each output the sum of w zero over what it reads, zero being float32 and of the input channel.
 *
 * @param from [taps, inputs, outputs] @param sums float64, zeros at first
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
