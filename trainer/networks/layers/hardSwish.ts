import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { hardSigmoid } from "../../../shared/network/activate.ts";

/**
 * x h(x) with h(x) = min(max(x / 6 + 1 / 2, 0), 1), and its gradient dy (h(x) + x / 6 where -3 < x < 3). Keeps x
 * alone for the gradient.
 */
export const hardSwish = tf.customGrad((x, save) => {
  if (!(x instanceof tf.Tensor) || typeof save !== "function") throw new Error("not one tensor");
  save([x]);
  return {
    value: tf.mul(x, hardSigmoid(x)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const kept = saved[0]!;
      const inside = tf.step(tf.sub(9, tf.square(kept)));
      const slope = tf.add(hardSigmoid(kept), tf.mul(tf.mul(kept, 1 / 6), inside));
      return tf.mul(dy, slope);
    },
  };
});

/** Hard swish, which tfjs-layers lacks: Howard et al. 2019, "Searching for MobileNetV3", section 5.2. */
export class HardSwish extends layers.Layer {
  static className = "HardSwish";

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return hardSwish(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

tf.serialization.registerClass(HardSwish);
