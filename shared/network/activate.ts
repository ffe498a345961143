import * as tf from "@tensorflow/tfjs-core";
import type { Activated } from "./schema.ts";

/** min(max(x / 6 + 1 / 2, 0), 1), as in MobileNetV3. */
export const hardSigmoid = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1));

/** Applies a function of activation. @returns a new tensor */
export function activate(x: tf.Tensor, { activation, slope }: Activated): tf.Tensor {
  switch (activation) {
    case "linear":
      // The caller disposes x. A clone shares its values.
      return tf.clone(x);
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "hard_sigmoid":
      return hardSigmoid(x);
    case "hard_swish":
      return tf.tidy(() => tf.mul(x, hardSigmoid(x)));
    case "sigmoid":
      return tf.sigmoid(x);
    case "swish":
      return tf.tidy(() => tf.mul(x, tf.sigmoid(x)));
    case "elu":
      return tf.elu(x);
    case "leaky_relu":
      return tf.leakyRelu(x, slope);
  }
}
