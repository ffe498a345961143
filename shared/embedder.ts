import * as tf from "@tensorflow/tfjs-core";
import { runNetwork } from "./network/run.ts";
import { inferShapes } from "./network/shapes.ts";
import { l2Normalize, normalizePixels, takeValues } from "./normalize.ts";
import type { Manifest } from "./package/manifest.ts";
import type { PackageReader, Weight } from "./package/weight.ts";

/** A network that is ready to embed images. */
export interface Embedder {
  readonly arithmetic: "float32" | "int8";
  /** Bytes of WebAssembly memory of its own, beside the heap of tfjs. */
  readonly ownBytes: number;
  /** Bytes of all memory that it holds until it is disposed. */
  readonly bytes: number;
  /**
   * Computes the unit vectors of images.
   *
   * @param pixels RGB bytes of n images of the input size, one after the other (image.ts)
   * @returns n * d values, row by row
   */
  embed(pixels: Uint8Array): Float32Array;
  dispose(): void;
}

/**
 * Pixels that go through the network together. In a batch of 10, an image of 96 px takes half the time
 * that it takes alone. Two images of 224 px save no time together, and take more of a heap that never
 * shrinks.
 */
const PIXELS_AT_ONCE = 100_000;

/** Runs the network in float32 with tfjs. */
export class FloatEmbedder implements Embedder {
  readonly arithmetic = "float32";
  readonly ownBytes = 0;

  private constructor(
    private readonly manifest: Manifest,
    private readonly weights: ReadonlyMap<string, tf.Tensor>,
  ) {}

  static async open(content: PackageReader): Promise<FloatEmbedder> {
    const { network, input } = content.manifest;
    const names = inferShapes(network, input).weights.map(({ name }) => name);
    const weights = new Map<string, tf.Tensor>();
    try {
      for (const name of names) weights.set(name, toTensor(await content.weight(name)));
    } catch (error) {
      tf.dispose([...weights.values()]);
      throw error;
    }
    return new FloatEmbedder(content.manifest, weights);
  }

  get bytes(): number {
    const count = [...this.weights.values()].reduce((sum, { size }) => sum + size, 0);
    return count * Float32Array.BYTES_PER_ELEMENT;
  }

  embed(pixels: Uint8Array): Float32Array {
    const { width, height } = this.manifest.input;
    const image = width * height * 3;
    const step = image * Math.max(1, Math.floor(PIXELS_AT_ONCE / (width * height)));
    const { dimensions } = this.manifest.embedding;
    const embeddings = new Float32Array((pixels.length / image) * dimensions);
    for (let start = 0; start < pixels.length; start += step) {
      const part = this.embedAtOnce(pixels.subarray(start, start + step));
      embeddings.set(part, (start / image) * dimensions);
    }
    return embeddings;
  }

  dispose(): void {
    tf.dispose([...this.weights.values()]);
  }

  private embedAtOnce(pixels: Uint8Array): Float32Array {
    const { width, height, mean, std } = this.manifest.input;
    const n = pixels.length / (width * height * 3);
    const features = tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
      const normalized = normalizePixels(images, { mean, std });
      return l2Normalize(runNetwork(this.manifest.network, this.weights, normalized));
    });
    return takeValues(features);
  }
}

export const toTensor = ({ values, shape }: Weight): tf.Tensor => tf.tensor(values, shape);
