import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BackendError } from "../../../trainer/backends/error.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import type { WebGpuBackend } from "../../../trainer/backends/webgpu/read.ts";
import { adapterHere } from "./adapterHere.ts";

// That values and gradients agree with other backends': test/trainer/gradcheck.

const { adapter, title } = await adapterHere();

describe.skipIf(!adapter)(`on WebGPU ${title}`, () => {
  beforeAll(async () => {
    await openBackend("webgpu", () => undefined);
  });

  it("reads what is being computed, and keeps nothing for it", async () => {
    const x = tf.range(0, 1000);
    const double = () => tf.tidy(() => tf.mul(x, 2).dataSync());
    double();
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    expect(double()).toEqual(Float32Array.from({ length: 1000 }, (_, i) => 2 * i));
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    const later = tf.add(x, 1);
    expect((await later.data())[999]).toBe(1000);
    tf.dispose([x, later]);
  });

  it("reads every type", () => {
    const read = (compute: () => tf.Tensor) => Array.from(tf.tidy(compute).dataSync());
    const x = tf.tensor1d([1.5, -2, 3]);
    expect(read(() => tf.neg(x))).toEqual([-1.5, 2, -3]);
    expect(read(() => tf.cast(tf.add(x, 1), "int32"))).toEqual([2, -1, 4]);
    expect(read(() => tf.greater(x, 0))).toEqual([1, 0, 1]);
    expect(read(() => tf.zeros([0, 3]))).toEqual([]);
    x.dispose();
  });

  it("tells what the GPU refuses at the next read, and then goes on", () => {
    const { device } = tf.backend() as WebGpuBackend;
    const double = () => tf.tidy(() => tf.mul(tf.ones([100]), 2).dataSync()[0]);
    device.createBuffer({ size: 4, usage: 0 });
    expect(double).toThrow(BackendError);
    expect(double()).toBe(2);
  });
});
