import * as tf from "@tensorflow/tfjs-core";
import { type Embedder, FloatEmbedder } from "../../shared/embedder.ts";
import { type Engine, TFJS } from "../../shared/model.ts";
import { runNetwork } from "../../shared/network/run.ts";
import { INPUT } from "../../shared/network/schema.ts";
import { l2Normalize, normalizePixels, takeValues } from "../../shared/normalize.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import type { PackageReader } from "../../shared/package/weight.ts";
import type { Activations } from "../../shared/quantization/activations.ts";
import { roundActivations, roundedWeights } from "./rounding.ts";

const BATCH = 16;

/** Computes a network as the edge does in int8 arithmetic. Rarely, a value differs by one step. */
class RoundedEmbedder implements Embedder {
  readonly arithmetic = "int8";
  readonly ownBytes = 0;

  private constructor(
    private readonly manifest: Manifest,
    private readonly activations: ReadonlyMap<string, Activations>,
    private readonly weights: ReadonlyMap<string, tf.Tensor>,
  ) {}

  static async open(
    content: PackageReader,
    activations: ReadonlyMap<string, Activations>,
  ): Promise<RoundedEmbedder> {
    const weights = await roundedWeights(content, activations);
    return new RoundedEmbedder(content.manifest, activations, weights);
  }

  get bytes(): number {
    const count = [...this.weights.values()].reduce((sum, { size }) => sum + size, 0);
    return count * Float32Array.BYTES_PER_ELEMENT;
  }

  embed(pixels: Uint8Array): Float32Array {
    const { input, embedding } = this.manifest;
    const image = input.width * input.height * 3;
    const embeddings = new Float32Array((pixels.length / image) * embedding.dimensions);
    for (let start = 0; start < pixels.length; start += BATCH * image) {
      const part = this.embedAtOnce(pixels.subarray(start, start + BATCH * image));
      embeddings.set(part, (start / image) * embedding.dimensions);
    }
    return embeddings;
  }

  dispose(): void {
    tf.dispose([...this.weights.values()]);
  }

  private embedAtOnce(pixels: Uint8Array): Float32Array {
    const { manifest, activations } = this;
    const { width, height } = manifest.input;
    const round = (name: string, output: tf.Tensor) => {
      const own = activations.get(name);
      return own ? roundActivations(output, own) : output;
    };
    const features = tf.tidy(() => {
      const n = pixels.length / (width * height * 3);
      const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
      const normalized = round(INPUT, normalizePixels(images, manifest.input)) as tf.Tensor4D;
      return l2Normalize(runNetwork(manifest.network, this.weights, normalized, round));
    });
    return takeValues(features);
  }
}

/** Computes as the edge does: in int8 arithmetic if the package supports it. */
export const ENGINE: Engine = {
  ...TFJS,
  openEmbedder: (content) =>
    content.activations
      ? RoundedEmbedder.open(content, content.activations)
      : FloatEmbedder.open(content),
};
