import * as tf from "@tensorflow/tfjs-core";
import { toTensors } from "../../shared/embedder.ts";
import { runNetwork } from "../../shared/network/run.ts";
import type { Network } from "../../shared/network/schema.ts";
import { normalizePixels, read } from "../../shared/normalize.ts";
import type { Package } from "../../shared/package/codec.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import type { Range } from "../../shared/quantization/ranges.ts";

const BATCH = 32;

/** The largest value of each channel of images. @param images [n, h, w, c] */
const largestOf = (images: tf.Tensor) => read(tf.tidy(() => tf.max(images, [0, 1, 2])));

/**
 * The range of every channel that a network gives, on some images.
 *
 * @param pixels RGB bytes of n images of the input size @param layers the names of those to watch
 */
export function observeRanges(
  network: Network,
  tensors: Package["tensors"],
  input: Manifest["input"],
  pixels: Uint8Array,
  layers: ReadonlySet<string>,
): Map<string, Range> {
  const { width, height } = input;
  const weights = toTensors(
    tensors,
    [...tensors.keys()].filter((name) => !name.startsWith("pddm/")),
  );
  const ranges = new Map<string, Range>();
  const observe = (name: string, output: tf.Tensor) => {
    if (!layers.has(name)) return;
    const largest = largestOf(output);
    const negated = largestOf(tf.tidy(() => tf.neg(output)));
    const { least: low = negated.map(() => Infinity), largest: high = largest } =
      ranges.get(name) ?? {};
    ranges.set(name, {
      least: low.map((value, c) => Math.min(value, -negated[c])),
      largest: high.map((value, c) => Math.max(value, largest[c])),
    });
  };
  const image = width * height * 3;
  for (let start = 0; start < pixels.length; start += BATCH * image) {
    const part = Float32Array.from(pixels.subarray(start, start + BATCH * image));
    tf.tidy(() => {
      const images = tf.tensor4d(part, [part.length / image, height, width, 3]);
      runNetwork(network, weights, normalizePixels(images, input), observe);
    });
  }
  tf.dispose([...weights.values()]);
  return ranges;
}
