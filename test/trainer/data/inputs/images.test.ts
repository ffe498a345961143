import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { BackendError } from "../../../../trainer/backends/error.ts";
import { BACKENDS } from "../../../../trainer/backends/names.ts";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { toImages } from "../../../../trainer/data/inputs/images.ts";
import { each } from "../../../oracles/numbers.ts";

/** Every byte there is, in images of 4 x 2 pixels; the last of a batch begins within a buffer. */
const WHOLE = Uint8Array.from(each(24 * 12), (_, i) => i % 256);
const pixels = WHOLE.subarray(24);
const RUNS = 200;
const pictures = { pixels, width: 4, height: 2 };

async function runsHere(backend: (typeof BACKENDS)[number]): Promise<boolean> {
  try {
    await openBackend(backend, () => undefined);
    return true;
  } catch (error) {
    if (error instanceof BackendError) return false;
    throw error;
  }
}

for (const backend of BACKENDS) {
  describe.skipIf(!(await runsHere(backend)))(`images on ${backend}`, () => {
    it("are the bytes as floats, and no more tensors than one", async () => {
      await openBackend(backend, () => undefined);
      const { numTensors, numDataBuffers } = tf.memory();
      const images = toImages(pixels, pictures);
      expect(images.shape).toEqual([11, 2, 4, 3]);
      expect(images.dtype).toBe("float32");
      expect(images.dataSync()).toEqual(Float32Array.from(pixels));
      // What a network does first.
      const halves = tf.tidy(() => tf.mul(images, 0.5).dataSync());
      expect(halves[9]).toBe(pixels[9] / 2);
      images.dispose();
      expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    });

    it("are right to the last byte, however many there are", async () => {
      await openBackend(backend, () => undefined);
      for (const width of [1, 2, 3, 4]) {
        const bytes = pixels.slice(0, 3 * width);
        const images = toImages(bytes, { pixels: bytes, width, height: 1 });
        const next = tf.tidy(() => tf.add(images, 1).dataSync());
        expect(next).toEqual(Float32Array.from(bytes, (byte) => byte + 1));
        images.dispose();
      }
    });

    // TensorFlow has tensors that tfjs does not count. Of WebGPU's: webgpu.test.ts.
    it.skipIf(backend === "webgpu")(
      "leave nothing behind that the process would feel",
      async () => {
        await openBackend(backend, () => undefined);
        const side = 800;
        const large = { pixels: new Uint8Array(side * side * 3), width: side, height: side };
        const run = (times: number) => {
          for (let i = 0; i < times; i++) toImages(large.pixels, large).dispose();
        };
        run(10);
        const before = process.memoryUsage().rss;
        run(RUNS);
        expect(process.memoryUsage().rss - before).toBeLessThan((RUNS * large.pixels.length) / 2);
      },
    );
  });
}
