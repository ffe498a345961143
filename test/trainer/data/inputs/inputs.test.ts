import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Transform } from "../../../../trainer/data/transforms/transforms.ts";
import { shift } from "../../../../trainer/data/transforms/shift.ts";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { UserError } from "../../../../trainer/error.ts";
import { IMAGENET } from "../../../../trainer/data/inputs/normalization.ts";
import { CachedInputs, PixelInputs } from "../../../../trainer/data/inputs/inputs.ts";
import { chain } from "../../../../trainer/networks/layers/chain.ts";
import { Trunk } from "../../../../trainer/networks/trunk.ts";
import { gatherPixels, viewPixels } from "../../../../trainer/data/inputs/pixels.ts";
import { seededRandom } from "../../../../trainer/random.ts";
import { dataset } from "../../../oracles/dataset.ts";
import { expectClose, toRows } from "../../../oracles/numbers.ts";

const SIZE = 6;
const STRIDE = SIZE * SIZE * 3;
const data = dataset([3, 3, 34], SIZE, SIZE);
const pixelsOf = (item: number) => data.pixels.subarray(item * STRIDE, (item + 1) * STRIDE);
const ALL = data.labels.length;

/** [3, 3, 4] of each image. */
let trunk: Trunk;
const LENGTH = 36;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  const image = tfl.input({ shape: [SIZE, SIZE, 3], name: "image" });
  const kernelInitializer = tfl.initializers.heNormal({ seed: 1 });
  const convolution = tfl.layers.conv2d({
    filters: 4,
    kernelSize: 3,
    strides: 2,
    padding: "same",
    kernelInitializer,
  });
  trunk = new Trunk(tfl.model({ inputs: image, outputs: chain(image, convolution) }), IMAGENET);
});
afterAll(() => trunk.dispose());

/** The rows of a tensor, which is disposed. */
function rowsOf(tensor: tf.Tensor): number[][] {
  const rows = toRows(tensor.dataSync(), tensor.size / tensor.shape[0]);
  tensor.dispose();
  return rows;
}

describe("the pixels of a data set", () => {
  it("are gathered in the order that is asked for", () => {
    const expected = [5, 0, 5].flatMap((item) => [...pixelsOf(item)]);
    expect(Array.from(gatherPixels(data, [5, 0, 5]))).toEqual(expected);
  });

  it("are gathered without the margin, which views have", () => {
    const framed = { ...data, width: 2, height: 2, margin: 2 };
    const middle = [5, 0].flatMap((item) =>
      [2, 3].flatMap((y) => [...pixelsOf(item).subarray((y * SIZE + 2) * 3, (y * SIZE + 4) * 3)]),
    );
    expect(Array.from(gatherPixels(framed, [5, 0]))).toEqual(middle);
    const corners = viewPixels(
      framed,
      [5, 0],
      (picture) => Uint8Array.from([0, 3, 6, 9].flatMap((i) => [...picture.subarray(i, i + 3)])),
      Math.random,
    );
    const expected = [5, 0].flatMap((item) => [...pixelsOf(item).subarray(0, 12)]);
    expect(Array.from(corners)).toEqual(expected);
  });
});

describe("inputs of pixels", () => {
  const inputs = new PixelInputs(data, "shift");

  it("are the images as they are, 0 to 255", () => {
    const plain = inputs.plain([4, 1]);
    expect(plain.shape).toEqual([2, SIZE, SIZE, 3]);
    expect(rowsOf(plain)).toEqual([[...pixelsOf(4)], [...pixelsOf(1)]]);
  });

  it("have an augmented view of each image, drawn one after the other", () => {
    const random = seededRandom(3);
    const expected = [4, 1, 4].map((item) => Array.from(shift(pixelsOf(item), data, random)));
    const views = rowsOf(inputs.views([4, 1, 4], seededRandom(3)));
    expect(views).toEqual(expected);
    expect(views[0]).not.toEqual(views[2]);
    expect(rowsOf(inputs.plain([4]))).toEqual([[...pixelsOf(4)]]);
  });
});

describe("inputs behind a frozen trunk", () => {
  const train = [5, 0, 3, 7];
  const never = new AbortController().signal;
  const silent = () => undefined;
  const compute = (augment: Transform, views = 3, seed = 1) =>
    CachedInputs.compute(trunk, data, { items: train, views, augment, seed }, silent, never);

  it("are what the trunk makes of the images", async () => {
    const inputs = await compute(shift);
    const plain = inputs.plain([39, 2, 5]);
    expect(plain.shape).toEqual([3, 3, 3, 4]);
    const expected = trunk.run(gatherPixels(data, [39, 2, 5]));
    expectClose(rowsOf(plain).flat(), expected, 1e-6);
  });

  it("have the trunk's outputs of augmented training images for views, and plain ones", async () => {
    // By the image: the views that were made of it.
    const made = new Map<string, Uint8Array[]>();
    const spy: Transform = (pixels, size, random) => {
      const view = shift(pixels, size, random);
      made.set(pixels.join(), [...(made.get(pixels.join()) ?? []), view]);
      return view;
    };
    const inputs = await compute(spy);
    expect(made.size).toBe(train.length);
    for (const item of train) {
      const views = made.get(pixelsOf(item).join()) ?? [];
      expect(views).toHaveLength(2);
      const possible = [pixelsOf(item), ...views].map((view) => Array.from(trunk.run(view)));
      const random = seededRandom(9);
      const drawn = rowsOf(inputs.views(Array<number>(40).fill(item), random));
      const which = drawn.map((row) =>
        possible.findIndex((it) => it.every((value, i) => Math.abs(value - row[i]) < 1e-4)),
      );
      expect(new Set(which)).toEqual(new Set([0, 1, 2]));
    }
  });

  it("have no augmented view of an image that does not train", async () => {
    const inputs = await compute(shift);
    expect(() => inputs.views([5, 1], () => 0.99)).toThrow('"1" is none of the 4 known');
  });

  it("draw the same views for the same random numbers", async () => {
    const inputs = await compute(shift);
    const draw = (seed: number) => rowsOf(inputs.views([...train, ...train], seededRandom(seed)));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("are the same for a seed, others for another", async () => {
    const drawn = async (seed: number) =>
      rowsOf((await compute(shift, 3, seed)).views([0, 0, 0, 0, 0, 0], seededRandom(5)));
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1)).not.toEqual(await drawn(2));
  });

  it("are computed as far as steps draw them, and do not depend on what else is drawn", async () => {
    const draws = [1, 2].map((step) => ({ items: [5, 3, 3, 7], seed: [4, step] }));
    const whole = await compute(shift, 6);
    const told: number[] = [];
    const views = { items: train, views: 6, augment: shift, seed: 1, draws };
    const inputs = await CachedInputs.compute(trunk, data, views, (done) => told.push(done), never);
    const distinct = new Set<string>();
    for (const { items, seed } of draws) {
      const drawn = rowsOf(inputs.views(items, seededRandom(...seed)));
      expect(drawn).toEqual(rowsOf(whole.views(items, seededRandom(...seed))));
      const plain = rowsOf(inputs.plain(items));
      drawn.forEach((row, i) => row.join() !== plain[i].join() && distinct.add(row.join()));
    }
    expect(told.at(-1)).toBe(ALL + distinct.size);
    expect(told.at(-1)).toBeLessThan(ALL + 5 * train.length);
    expect(() => inputs.views([0], () => 0.99)).toThrow("is none of the");
  });

  it("are plain in every step where there is one view", async () => {
    const inputs = await compute(() => expect.fail("augmented"), 1);
    expect(rowsOf(inputs.views(train, Math.random))).toEqual(rowsOf(inputs.plain(train)));
  });

  it("tell how far they are, and hold no tensor", async () => {
    const { numTensors } = tf.memory();
    const told: [number, number][] = [];
    const views = { items: train, views: 3, augment: shift, seed: 1 };
    await CachedInputs.compute(trunk, data, views, (...it) => told.push(it), never);
    const total = ALL + 2 * train.length;
    expect(told.map(([done]) => done)).toEqual([32, 40, 44, 48]);
    expect(told.every(([, of]) => of === total)).toBe(true);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("are refused where they would not fit into memory, before anything is computed", async () => {
    const items = Array<number>(2 ** 20).fill(0);
    const views = { items, views: 64, augment: shift, seed: 1 };
    const told: number[] = [];
    const compute = CachedInputs.compute(trunk, data, views, (done) => told.push(done), never);
    await expect(compute).rejects.toThrow(UserError);
    const total = ALL + 63 * 2 ** 20;
    const gib = ((total * LENGTH * 4) / 2 ** 30).toFixed(1);
    await expect(compute).rejects.toThrow(
      `the outputs of the frozen layers, ${total} of [3,3,4], take ${gib} GiB; the limit is 8: ` +
        "choose fewer --views, or --freeze a later layer",
    );
    expect(told).toEqual([]);
  });

  it("stop when the user does", async () => {
    const views = { items: train, views: 3, augment: shift, seed: 1 };
    const compute = CachedInputs.compute(trunk, data, views, silent, AbortSignal.abort());
    await expect(compute).rejects.toThrow(UserError);
    await expect(compute).rejects.toThrow("nothing was saved");
  });
});
