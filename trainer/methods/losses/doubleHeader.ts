import * as tf from "@tensorflow/tfjs-core";
import { cellsAt } from "../mining/cells.ts";
import type { Quadruplets } from "../mining/quadruplets.ts";
import { zeroOf } from "./zero.ts";

/**
 * The double-header hinge (Huang et al., equation 3), mean over quadruplets:
 *
 *     [margin - s_ij + s_ik]+ + [margin - s_ij + s_jl]+
 *
 * With s = S and margin alpha it is E_m, the loss of the metric. With s = -D and margin beta it is E_e,
 * the loss of the embedding: [beta + D_ij - D_ik]+ + [beta + D_ij - D_jl]+.
 *
 * @param similarity [n, n], larger = more similar
 * @param quadruplets null if the batch has none
 * @returns scalar; zero with a zero gradient without quadruplets
 */
export function doubleHeaderHinge(
  similarity: tf.Tensor2D,
  quadruplets: Quadruplets | null,
  margin: number,
): tf.Scalar {
  if (!quadruplets) return zeroOf(similarity);
  return tf.tidy(() => {
    const { anchors, positives, negativesOfAnchor, negativesOfPositive } = quadruplets;
    const positive = cellsAt(similarity, anchors, positives);
    const header = (ends: tf.Tensor1D, negatives: tf.Tensor1D) =>
      tf.relu(tf.add(tf.sub(cellsAt(similarity, ends, negatives), positive), margin));
    return tf.mean(
      tf.add(header(anchors, negativesOfAnchor), header(positives, negativesOfPositive)),
    );
  });
}
