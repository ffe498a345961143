import * as tf from "@tensorflow/tfjs-core";
import { runProgram } from "./program.ts";

// Read as they lie: by the accessor, getWords, they would be floats of 24 bits.
const CODE = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let word = bitcast<u32>(words[index / 4]);
    setOutputAtIndex(index, f32(extractBits(word, 8u * u32(index % 4), 8u)));
  }`;

/**
 * Bytes as floats. They go to the GPU as they are, four in a whole number, a quarter of the floats', and
 * are parted there: of bytes WebGPU has no buffer.
 */
export function floatsOfBytes(bytes: Uint8Array, shape: number[]): tf.Tensor {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return tf.tidy(() =>
    runProgram("floatsOfBytes", { words: tf.tensor1d(words, "int32") }, shape, {}, CODE),
  );
}
