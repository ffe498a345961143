import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { BackendError } from "../../../trainer/backends/error.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import type { WebGpuBackend } from "../../../trainer/backends/webgpu/read.ts";
import { deviceBytes } from "../../../trainer/bench/memory.ts";
import { toImages } from "../../../trainer/data/inputs/images.ts";
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

  it("keeps no buffer of images that have been used", () => {
    const pixels = new Uint8Array(3 * 32 * 32).fill(200);
    const bytesInUse = (): unknown => {
      const images = toImages(pixels, { pixels, width: 32, height: 32 });
      expect(tf.tidy(() => tf.max(images).dataSync()[0])).toBe(200);
      images.dispose();
      // Reading makes it give back what is disposed.
      tf.tidy(() => tf.neg(tf.ones([8])).dataSync());
      return Reflect.get(tf.memory(), "numBytesInGPU");
    };
    const bytes = bytesInUse();
    expect(bytes).toBeGreaterThan(0);
    expect([bytesInUse(), bytesInUse()]).toEqual([bytes, bytes]);
  });

  it("tells the most memory that its tensors have taken", () => {
    const before = deviceBytes("webgpu") ?? 0;
    const size = 3_000_000;
    tf.tidy(() => tf.mul(tf.ones([size]), 2).dataSync());
    const after = deviceBytes("webgpu") ?? 0;
    expect(after).toBeGreaterThanOrEqual(before + 4 * size);
    tf.tidy(() => tf.neg(tf.ones([8])).dataSync());
    expect(deviceBytes("webgpu")).toBeGreaterThanOrEqual(after);
  });

  it("tells what the GPU refuses at the next read, and then goes on", () => {
    const { device } = tf.backend() as WebGpuBackend;
    const double = () => tf.tidy(() => tf.mul(tf.ones([100]), 2).dataSync()[0]);
    device.createBuffer({ size: 4, usage: 0 });
    expect(double).toThrow(BackendError);
    expect(double()).toBe(2);
  });
});
