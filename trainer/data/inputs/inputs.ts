import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { type Transform, type TransformName, TRANSFORMS } from "../transforms/transforms.ts";
import type { Dataset } from "../folder.ts";
import { UserError } from "../../error.ts";
import { toImages } from "./images.ts";
import type { Trunk } from "../../networks/trunk.ts";
import { gatherPixels, type Pictures, viewPixels } from "./pixels.ts";
import type { Draw } from "../feed/feed.ts";
import { positionIn } from "../../positions.ts";
import { type Random, seededRandom } from "../../random.ts";

/** The inputs of the part of a network that trains, for the images of a data set. */
export interface Inputs {
  /** The images without augmentation. @returns [n, height, width, channels], or [n, channels] */
  plain(items: readonly number[]): tf.Tensor;
  /** A random view of each image, for a training step. */
  views(items: readonly number[], random: Random): tf.Tensor;
}

function gather(
  from: Float32Array,
  stride: number,
  items: readonly number[],
  to: Float32Array,
): Float32Array {
  items.forEach((item, at) => {
    to.set(from.subarray(item * stride, (item + 1) * stride), at * stride);
  });
  return to;
}

/** Inputs of a network that trains as a whole: pixels, with new random views at every step. */
export class PixelInputs implements Inputs {
  constructor(
    readonly pictures: Pictures,
    readonly augment: TransformName,
  ) {}

  plain(items: readonly number[]): tf.Tensor {
    return toImages(gatherPixels(this.pictures, items), this.pictures);
  }

  views(items: readonly number[], random: Random): tf.Tensor {
    const pixels = viewPixels(this.pictures, items, TRANSFORMS[this.augment], random);
    return toImages(pixels, this.pictures);
  }
}

/** Which images get views, and how many of them, including the plain one. */
interface Views {
  items: readonly number[];
  views: number;
  augment: Transform;
  seed: number;
  /** What all steps draw, if it is known: no other views are computed then. */
  draws?: Iterable<Draw>;
}

/** Which of an image's views a step draws: 0 is the plain one. */
const drawView = (random: Random, views: number) => Math.floor(random() * views);

/** For each random view the images of which it is computed, in the order of the training images. */
function drawnItems({ items, views, draws }: Views): (readonly number[])[] {
  const every = Array.from({ length: views - 1 }, () => items);
  if (!draws) return every;
  const drawn = every.map(() => new Set<number>());
  for (const { items: batch, seed } of draws) {
    const random = seededRandom(...seed);
    for (const item of batch) drawn[drawView(random, views) - 1]?.add(item);
  }
  return drawn.map((set) => items.filter((item) => set.has(item)));
}

/** The trunk's outputs of one random view of some images. */
interface View {
  outputs: Float32Array;
  /** Position of an image among them; throws for one without this view. */
  positionOf: (item: number) => number;
}

/**
 * Makes a random view of each training image, one after the other, and gives those that are asked for in this order:
 * a view does not depend on which others the steps draw.
 */
function viewsInOrder(data: Dataset, { items: train, augment }: Views, random: Random) {
  let next = 0;
  return (asked: number): Uint8Array => {
    for (;;) {
      const item = train[next++];
      if (item === undefined)
        throw new Error(`image ${asked} does not train, or not in this order`);
      const pixels = viewPixels(data, [item], augment, random);
      if (item === asked) return pixels;
    }
  };
}

const MAX_CACHE_BYTES = 8 * 2 ** 30;
const BATCH = 32;

/**
 * Inputs of a network whose first layers are frozen. The outputs of these layers are computed once and
 * kept: of each image without augmentation, and of `views - 1` random views of each training image, as far as
 * a step draws them. A step draws one of these `views` outputs.
 */
export class CachedInputs implements Inputs {
  private constructor(
    private readonly shape: number[],
    private readonly originals: Float32Array,
    private readonly augmented: View[],
  ) {}

  /**
   * @param progress called with the number of images done, and of all
   * @throws UserError if the outputs would take more than 8 GiB, or when aborted
   */
  static async compute(
    trunk: Trunk,
    data: Dataset,
    asked: Views,
    progress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<CachedInputs> {
    const stride = trunk.shape.reduce((product, size) => product * size, 1);
    const all = Array.from(data.labels.keys());
    const drawn = drawnItems(asked);
    const total = drawn.reduce((sum, items) => sum + items.length, all.length);
    const bytes = total * stride * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > MAX_CACHE_BYTES) {
      throw new UserError(
        `the outputs of the frozen layers, ${total} of [${trunk.shape.join()}], take ` +
          `${(bytes / 2 ** 30).toFixed(1)} GiB; the limit is 8: choose fewer --views, or --freeze a later layer`,
      );
    }
    let done = 0;
    const run = async (items: readonly number[], pixelsOf: (item: number) => Uint8Array) => {
      const outputs = new Float32Array(items.length * stride);
      for (let start = 0; start < items.length; start += BATCH) {
        const batch = items.slice(start, start + BATCH);
        outputs.set(trunk.run(Buffer.concat(batch.map(pixelsOf))), start * stride);
        progress((done += batch.length), total);
        await setImmediate();
        if (signal.aborted) throw new UserError("stopped before the first step; nothing was saved");
      }
      return outputs;
    };
    const originals = await run(all, (item) => gatherPixels(data, [item]));
    const augmented: View[] = [];
    for (const [i, items] of drawn.entries()) {
      const view = viewsInOrder(data, asked, seededRandom(asked.seed, i + 1, 2));
      augmented.push({ outputs: await run(items, view), positionOf: positionIn(items) });
    }
    return new CachedInputs(trunk.shape, originals, augmented);
  }

  plain(items: readonly number[]): tf.Tensor {
    const stride = this.stride;
    const values = gather(this.originals, stride, items, new Float32Array(items.length * stride));
    return tf.tensor(values, [items.length, ...this.shape]);
  }

  views(items: readonly number[], random: Random): tf.Tensor {
    const stride = this.stride;
    const values = new Float32Array(items.length * stride);
    items.forEach((item, at) => {
      const view = this.augmented[drawView(random, this.augmented.length + 1) - 1];
      const { outputs, position } = view
        ? { outputs: view.outputs, position: view.positionOf(item) }
        : { outputs: this.originals, position: item };
      values.set(outputs.subarray(position * stride, (position + 1) * stride), at * stride);
    });
    return tf.tensor(values, [items.length, ...this.shape]);
  }

  private get stride(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }
}
