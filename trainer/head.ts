import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { normalizePixels, read } from "../shared/normalize.ts";
import { pca } from "./controls/pca.ts";
import { whitening } from "./controls/whitening.ts";
import { INPUT_MEAN, INPUT_STD } from "./input.ts";
import type { Inputs } from "./inputs.ts";
import type { Body } from "./networks/assemble.ts";

const BATCH = 64;

/** The features that the head reads, before it. @returns n * c values */
export function backboneFeatures(
  { backbone, trunk }: { backbone: LayersModel; trunk: Body["trunk"] },
  inputs: Inputs,
  items: readonly number[],
): Float32Array {
  const [, c = 0] = backbone.outputs[0].shape.map((size) => size ?? 0);
  const features = new Float32Array(items.length * c);
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = tf.tidy(() => {
      const plain = inputs.plain(items.slice(start, start + BATCH));
      const input = trunk
        ? plain
        : normalizePixels(plain as tf.Tensor4D, { mean: INPUT_MEAN, std: INPUT_STD });
      return backbone.apply(input, { training: false }) as tf.Tensor;
    });
    features.set(read(batch), start * c);
  }
  return features;
}

/** The embedding's layer, and what it reads of some images; null where the layer is not ours to make. */
function openHead(
  { network, head, backbone, trunk }: Body,
  inputs: Inputs,
  items: readonly number[],
) {
  if (!backbone) return null;
  const layer = network.getLayer(head);
  const [kernel, bias] = layer.getWeights();
  const [c, d] = kernel.shape;
  return { layer, bias, c, d, features: backboneFeatures({ backbone, trunk }, inputs, items) };
}

/**
 * Starts the embedding's layer as within-class whitening and PCA of the training features: a random
 * head costs 5 to 20 points of Recall@1 that training does not bring back.
 *
 * The kernel is scaled to the size of a random one, so that a learning rate moves it as far. (Scaled to
 * give outputs of length 1 it is several times smaller, and a head that moves as fast overfits at once.)
 */
export function startHead(
  body: Body,
  inputs: Inputs,
  items: readonly number[],
  labels: ArrayLike<number>,
): void {
  const opened = openHead(body, inputs, items);
  if (!opened) return;
  const { layer, bias, c, d, features } = opened;
  const ofItems = items.map((item) => labels[item]);
  const { mean, matrix } = whitening(features, ofItems, c, { dimensions: d });
  tf.tidy(() => {
    const projection = tf.tensor2d(matrix, [c, d]);
    const size = tf.sqrt(tf.mean(tf.square(projection)));
    const scaled = tf.div<tf.Tensor2D>(projection, tf.mul(size, Math.sqrt(c)));
    const shift = tf.reshape(tf.matMul(tf.tensor2d(mean, [1, c]), scaled), bias.shape);
    // Negated last: tfjs-wasm takes a bias by the shape that its buffer was made with.
    layer.setWeights([scaled, tf.neg(shift)]);
  });
}

/**
 * Makes the embedding's layer anew from the trained features: the projection that keeps their inner
 * products best. The head is what overfits most: on new classes cosine of the features before it ranks
 * better than cosine of the embeddings. What separates training classes is left to S, which whitens.
 */
export function refitHead(body: Body, inputs: Inputs, items: readonly number[]): void {
  const opened = openHead(body, inputs, items);
  if (!opened) return;
  const { layer, bias, c, d, features } = opened;
  const { matrix } = pca(features, c, d, new Float32Array(c));
  tf.tidy(() => {
    layer.setWeights([tf.tensor2d(matrix, [c, d]), tf.zerosLike(bias)]);
  });
}
