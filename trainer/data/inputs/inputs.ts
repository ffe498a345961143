import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { type Transform, type TransformName, TRANSFORMS } from "../transforms/transforms.ts";
import type { Dataset } from "../folder.ts";
import { UserError } from "../../error.ts";
import { toImages } from "./images.ts";
import type { Trunk } from "../../networks/trunk.ts";
import { gatherPixels, type Pictures, viewPixels } from "./pixels.ts";
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
}

const MAX_CACHE_BYTES = 8 * 2 ** 30;
const BATCH = 32;

/**
 * Inputs of a network whose first layers are frozen. The outputs of these layers are computed once and
 * kept: of each image without augmentation, and of `views - 1` random views of each training image. A
 * step draws one of these `views` outputs.
 */
export class CachedInputs implements Inputs {
  private constructor(
    private readonly shape: number[],
    private readonly originals: Float32Array,
    /** One array per random view, which holds training images only. */
    private readonly augmented: Float32Array[],
    /** Position of a training image in these arrays; throws for any other image. */
    private readonly positionOf: (item: number) => number,
  ) {}

  /**
   * @param progress called with the number of images done, and of all
   * @throws UserError if the outputs would take more than 8 GiB, or when aborted
   */
  static async compute(
    trunk: Trunk,
    data: Dataset,
    { items: train, views, augment, seed }: Views,
    progress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<CachedInputs> {
    const stride = trunk.shape.reduce((product, size) => product * size, 1);
    const all = Array.from(data.labels.keys());
    const total = all.length + (views - 1) * train.length;
    const bytes = total * stride * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > MAX_CACHE_BYTES) {
      throw new UserError(
        `the outputs of the frozen layers, ${total} of [${trunk.shape.join()}], take ` +
          `${(bytes / 2 ** 30).toFixed(1)} GiB; the limit is 8: choose fewer --views, or --freeze a later layer`,
      );
    }
    let done = 0;
    const run = async (items: readonly number[], random: Random | null) => {
      const outputs = new Float32Array(items.length * stride);
      for (let start = 0; start < items.length; start += BATCH) {
        const batch = items.slice(start, start + BATCH);
        const pixels = random
          ? viewPixels(data, batch, augment, random)
          : gatherPixels(data, batch);
        outputs.set(trunk.run(pixels), start * stride);
        progress((done += batch.length), total);
        await setImmediate();
        if (signal.aborted) throw new UserError("stopped before the first step; nothing was saved");
      }
      return outputs;
    };
    const originals = await run(all, null);
    const augmented: Float32Array[] = [];
    for (let view = 1; view < views; view++) {
      augmented.push(await run(train, seededRandom(seed, view, 2)));
    }
    return new CachedInputs(trunk.shape, originals, augmented, positionIn(train));
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
      const view = Math.floor(random() * (this.augmented.length + 1));
      const from = view === 0 ? this.originals : this.augmented[view - 1]!;
      const position = view === 0 ? item : this.positionOf(item);
      values.set(from.subarray(position * stride, (position + 1) * stride), at * stride);
    });
    return tf.tensor(values, [items.length, ...this.shape]);
  }

  private get stride(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }
}
