import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { detach } from "../../../trainer/methods/detach.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("detach", () => {
  it("keeps values, shape and type", () => {
    const source = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], "int32");
    const detached = detach(source);
    expect(detached.shape).toEqual([2, 3]);
    expect(detached.dtype).toBe("int32");
    expect(Array.from(detached.dataSync())).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("passes no gradient", () => {
    const x = tf.tensor1d([2, 3]);
    const gradient = tf.grad((v) => tf.sum(tf.mul(v, detach(tf.square(v)))))(x);
    // d(x c)/dx = c for a constant c = x^2; with a gradient through c it would be 3 x^2.
    expect(Array.from(gradient.dataSync())).toEqual([4, 9]);
  });

  it.each(["source", "detached"])("leaks nothing if the %s tensor is disposed first", (first) => {
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    const source = tf.tensor1d([1, 2, 3]);
    const detached = detach(source);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers + 1);
    const [gone, left] = first === "source" ? [source, detached] : [detached, source];
    gone.dispose();
    expect(Array.from(left.dataSync())).toEqual([1, 2, 3]);
    left.dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
  });

  it("is disposed by a tidy around it, and the source is not", () => {
    const source = tf.tensor1d([7]);
    const { numTensors } = tf.memory();
    tf.tidy(() => {
      detach(source);
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(source.dataSync()[0]).toBe(7);
  });
});
