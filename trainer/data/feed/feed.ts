import { availableParallelism } from "node:os";
import type * as tf from "@tensorflow/tfjs-core";
import { toImages } from "../inputs/images.ts";
import { type Inputs, PixelInputs } from "../inputs/inputs.ts";
import { seededRandom } from "../../random.ts";
import { ThreadPool } from "./pool.ts";

/** What a step draws: a random view of each of these images, with the random numbers of this seed. */
export interface Draw {
  items: readonly number[];
  seed: readonly number[];
}

/** The views that a run's steps train on, step after step. */
export interface Feed {
  /** The views of the next step. */
  next(): Promise<tf.Tensor>;
  close(): Promise<void>;
}

/** The steps that a run still has to do, first and last included, and what each of them draws. */
export interface Steps {
  first: number;
  last: number;
  at: (step: number) => Draw;
}

/** Batches per thread that are ready or being made. */
const AHEAD = 2;
/** One thread makes about 2,000 views of 128 x 128 pixels per second. */
const MAX_THREADS = 8;
/** Pixels that a thread makes in about two seconds. Less work is not worth starting one. */
const WORTH_A_THREAD = 2 ** 26;

function threadsFor({ width, height }: PixelInputs["pictures"], { first, last, at }: Steps) {
  const pixels = (last - first + 1) * at(first).items.length * width * height;
  return pixels < WORTH_A_THREAD ? 0 : Math.min(MAX_THREADS, availableParallelism() - 1);
}

/**
 * Makes the views of a run's steps. Threads augment pixels ahead of the step. Outputs of frozen layers,
 * and views of short runs, are made when they are asked for. A step's views are the same either way.
 *
 * @param threads how many augment pixels; default: as many as the machine and the run make worthwhile
 */
export function openFeed(inputs: Inputs, steps: Steps, threads?: number): Feed {
  if (inputs instanceof PixelInputs && steps.first <= steps.last) {
    const count = threads ?? threadsFor(inputs.pictures, steps);
    if (count > 0) return new FeedAhead(inputs, steps, count);
  }
  let step = steps.first;
  return {
    next: () => {
      const { items, seed } = steps.at(step++);
      return Promise.resolve(inputs.views(items, seededRandom(...seed)));
    },
    close: () => Promise.resolve(),
  };
}

class FeedAhead implements Feed {
  private readonly pool: ThreadPool;
  private readonly queue: Promise<Uint8Array>[] = [];
  private asked: number;

  constructor(
    private readonly inputs: PixelInputs,
    private readonly steps: Steps,
    private readonly threads: number,
  ) {
    this.pool = new ThreadPool(inputs.pictures, inputs.augment, threads);
    this.asked = steps.first;
    this.fill();
  }

  private fill(): void {
    while (this.queue.length < AHEAD * this.threads && this.asked <= this.steps.last) {
      this.queue.push(this.pool.make(this.steps.at(this.asked++)));
    }
  }

  async next(): Promise<tf.Tensor> {
    const ready = this.queue.shift();
    if (!ready) throw new Error("the run has no further step");
    this.fill();
    return toImages(await ready, this.inputs.pictures);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
