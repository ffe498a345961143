import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "../mining/cells.ts";
import type { Triplets } from "../mining/triplets.ts";
import { zeroOf } from "./zero.ts";

/**
 * The triplet hinge (Schroff et al., FaceNet, 2015), mean over triplets:
 *
 *     [margin - s_ij + s_ik]+
 *
 * With s = -D it is the loss on distances, [margin + D_ij - D_ik]+. The paper squares D; Hermans et al.
 * (2017) find that plain D trains more stably. With s = S it is the loss of the metric in PDDM + triplet.
 *
 * @param similarity [n, n], larger = more similar
 * @param triplets null if the batch has none
 * @returns scalar; zero with a zero gradient without triplets
 */
export function tripletHinge(
  similarity: tf.Tensor2D,
  triplets: Triplets | null,
  margin: number,
): tf.Scalar {
  if (!triplets) return zeroOf(similarity);
  return tf.tidy(() => {
    const { anchors, positives, negatives } = triplets;
    const positive = cellsAt(similarity, anchors, positives);
    const negative = cellsAt(similarity, anchors, negatives);
    return tf.mean(tf.relu(tf.add(tf.sub(negative, positive), margin)));
  });
}
