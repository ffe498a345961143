import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { l2Normalize, normalizePixels, takeValues } from "../../shared/normalize.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import { project, type Projection, toUnitRows } from "../linear/projection.ts";
import { thenPca } from "../linear/thenPca.ts";
import { whitening } from "../linear/whitening.ts";
import { classMeans } from "../linear/classMeans.ts";
import type { Inputs } from "../data/inputs/inputs.ts";
import { expectFinite } from "../finite.ts";
import type { EmbeddingNetwork } from "../networks/assemble.ts";
import { sizeAt } from "../networks/sizeAt.ts";

const BATCH = 64;

/**
 * The features that the head reads, before it.
 *
 * @returns n * c values
 * @throws NonFiniteError where one is NaN or infinite
 */
export function backboneFeatures(
  {
    backbone,
    trunk,
    normalization,
  }: { backbone: LayersModel } & Pick<EmbeddingNetwork, "trunk" | "normalization">,
  inputs: Inputs,
  items: readonly number[],
): Float32Array {
  const c = sizeAt(backbone.outputs[0]!, 1);
  const features = new Float32Array(items.length * c);
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = tf.tidy(() => {
      const plain = inputs.plain(items.slice(start, start + BATCH));
      const input = trunk ? plain : normalizePixels(plain as tf.Tensor4D, normalization);
      return backbone.apply(input, { training: false }) as tf.Tensor;
    });
    features.set(takeValues(batch), start * c);
  }
  expectFinite(features, "the features of the backbone");
  return features;
}

/** What the head reads of some images, and their classes. */
export interface ReadByHead {
  /** n * c values. */
  features: Float32Array;
  c: number;
  labels: readonly number[];
}

/** The same of some of the images, by position. */
export function pickRead({ features, c, labels }: ReadByHead, at: readonly number[]): ReadByHead {
  const picked = new Float32Array(at.length * c);
  at.forEach((from, to) => {
    picked.set(features.subarray(from * c, (from + 1) * c), to * c);
  });
  return { features: picked, c, labels: at.map((from) => labels[from]!) };
}

/** What the head reads of some images; null where the head is not ours to make. */
export function readByHead(
  { backbone, trunk, normalization }: EmbeddingNetwork,
  inputs: Inputs,
  items: readonly number[],
  labels: ArrayLike<number>,
): ReadByHead | null {
  if (!backbone) return null;
  const features = backboneFeatures({ backbone, trunk, normalization }, inputs, items);
  const ofItems = items.map((item) => labels[item]!);
  return { features, c: features.length / items.length, labels: ofItems };
}

/** Of the embedding's layer. */
const dimensionsOf = ({ network, head }: EmbeddingNetwork) =>
  network.getLayer(head).getWeights()[1]!.size;

/** The layer's kernel and bias as those of y = (f - mean) matrix, times `scale`. */
function setHead(
  { network, head }: EmbeddingNetwork,
  { mean, matrix, d: c, k: d }: Projection,
  scale = 1,
) {
  tf.tidy(() => {
    const kernel = tf.mul<tf.Tensor2D>(tf.tensor2d(matrix, [c, d]), scale);
    const shift = tf.reshape(tf.matMul(tf.tensor2d(mean, [1, c]), kernel), [d]);
    // Negated last: tfjs-wasm takes a bias by the shape that its buffer was made with.
    network.getLayer(head).setWeights([kernel, tf.neg(shift)]);
  });
}

/** What the pretrained features of the training images say before the first step. */
export interface Start {
  /** Their within-class whitening. */
  whitened: Projection;
  /** The same and PCA: what the head starts as. */
  head: Projection;
  /** Each class's mean of the whitened features scaled to length 1: classes * c values. */
  classMeans: Float32Array;
}

/**
 * Within-class whitening of the training features, then PCA.
 *
 * @returns null where the head is not ours to start
 */
export function findStart(
  body: EmbeddingNetwork,
  inputs: Inputs,
  items: readonly number[],
  labels: ArrayLike<number>,
): Start | null {
  const read = readByHead(body, inputs, items, labels);
  if (!read) return null;
  const { features, c, labels: ofItems } = read;
  const whitened = whitening(features, ofItems, c);
  const projected = project(features, whitened);
  const head = thenPca(whitened, projected, dimensionsOf(body));
  const directions = toUnitRows(projected, c);
  const { means } = classMeans({ embeddings: directions, d: c, labels: ofItems });
  return { whitened, head, classMeans: means };
}

/**
 * Starts the embedding's layer: a random head costs 5 to 20 points of Recall@1 that training does not
 * bring back.
 *
 * The kernel is scaled to the size of a random one, so that a learning rate moves it as far. (Scaled to
 * give outputs of length 1 it is several times smaller, and a head that moves as fast overfits at once.)
 */
export function startHead(body: EmbeddingNetwork, { head }: Start): void {
  const { matrix, d: c, k: d } = head;
  const square = matrix.reduce((sum, value) => sum + value * value, 0) / (c * d);
  setHead(body, head, 1 / Math.sqrt(square * c));
}

/**
 * Of the final head's whitening, softer than that of the start: S whitens again, and with 1 both D and S
 * ranked birds worse. Without whitening, D ranked cars worse.
 */
const SHRINKAGE = 10;

/**
 * Makes the embedding's layer anew from the trained features, since the head is what overfits most:
 *
 *     kernel = A P, bias = -mu A P
 *
 * mu and A: mean and soft within-class whitening of the features f; P: of the directions
 * (f - mu) A / ||(f - mu) A||, the axes that keep their cosines best.
 */
export function refitHead(body: EmbeddingNetwork, { features, c, labels }: ReadByHead): void {
  const whitened = whitening(features, labels, c, { shrinkage: SHRINKAGE });
  const directions = toUnitRows(project(features, whitened), c);
  setHead(body, thenPca(whitened, directions, dimensionsOf(body)));
}

/** The embeddings that the head makes of what it reads. */
export function embedByHead(
  { network, head }: EmbeddingNetwork,
  { features, c, labels }: ReadByHead,
): Embedded {
  const embeddings = tf.tidy(() => {
    const read = tf.tensor2d(features, [labels.length, c]);
    return takeValues(l2Normalize(network.getLayer(head).apply(read) as tf.Tensor2D));
  });
  return { embeddings, d: embeddings.length / labels.length, labels };
}
