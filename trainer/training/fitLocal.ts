import * as tf from "@tensorflow/tfjs-core";
import { project, toUnitRows } from "../linear/projection.ts";
import { whitening } from "../linear/whitening.ts";
import { classMeans } from "../linear/classMeans.ts";
import type { Embedded } from "../evaluate/embedded.ts";
import type { Learner } from "./learner.ts";

/** Of n positions `count`, evenly spread. */
const spread = (n: number, count: number) =>
  Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * n) / count));

/** Some rows as columns. @returns [d, rows] */
function columns(rows: Float32Array, d: number, at: readonly number[]): tf.Tensor2D {
  const chosen = new Float32Array(at.length * d);
  at.forEach((row, i) => {
    chosen.set(rows.subarray(row * d, (row + 1) * d), i * d);
  });
  return tf.tidy(() => tf.transpose(tf.tensor2d(chosen, [at.length, d])));
}

/**
 * Fits the local form of S (shared/pddm/local.ts) to the features of the training images, in one
 * pass: what whitens the spread within a class, the references and the centroids.
 *
 * @param embedded training images in the order of their classes, so that references of all are taken
 */
export function fitLocal({ shape, dimensions: d, state }: Learner, embedded: Embedded): void {
  if (shape.form !== "local") throw new Error(`S has the ${shape.form} form`);
  const { mean, matrix } = whitening(embedded.embeddings, embedded.labels, d);
  const z = toUnitRows(project(embedded.embeddings, { mean, matrix, d, k: d }), d);
  const { classes, means } = classMeans({ ...embedded, embeddings: z });
  const set = (name: string, value: tf.Tensor) => {
    state.get(`pddm/${name}`)?.assign(value);
  };
  tf.tidy(() => {
    const kernel = tf.tensor2d(matrix, [d, d]);
    set("whitening/kernel", kernel);
    const shift = tf.reshape(tf.matMul(tf.tensor2d(mean, [1, d]), kernel), [d]);
    set("whitening/bias", tf.neg(shift));
    set("references/kernel", columns(z, d, spread(embedded.labels.length, shape.references)));
    const centroids = toUnitRows(means, d);
    set("centroids/kernel", columns(centroids, d, spread(classes.length, shape.centroids)));
  });
}
