import * as tf from "@tensorflow/tfjs-core";
import { runProgram } from "./program.ts";

// Read without the accessor getWords, which would convert to floats of 24 bits.
const CODE = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let word = bitcast<u32>(words[index / 4]);
    setOutputAtIndex(index, f32(extractBits(word, 8u * u32(index % 4), 8u)));
  }`;

/**
 * Converts bytes to floats on the GPU. WebGPU has no buffers of bytes, so four bytes are transferred in an integer,
 * a quarter of the data of floats, and separated on the GPU.
 */
export function floatsOfBytes(bytes: Uint8Array, shape: number[]): tf.Tensor {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return tf.tidy(() =>
    runProgram("floatsOfBytes", { words: tf.tensor1d(words, "int32") }, shape, {}, CODE),
  );
}
