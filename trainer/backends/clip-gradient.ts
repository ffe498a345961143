/**
 * The gradient of clipping: dx = dy where min < x < max, else 0. relu6 of tfjs-layers, a relu and a clip, also
 * uses it.
 *
 * tfjs compares, combines and selects by booleans, one value at a time, which takes a quarter of a step of
 * MobileNetV2. (x - min) (max - x) is positive exactly where the gradient passes.
 */
import { ClipByValue } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all ops; tfjs-core registers none.
import "@tensorflow/tfjs-layers";

const stock = tf.getGradient(ClipByValue);

export function registerClipGradient(): void {
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attributes) => ({
      x: () => {
        const x = saved[0]!;
        const low = Number(attributes.clipValueMin);
        const high = Number(attributes.clipValueMax);
        const above = low === 0 ? x : tf.sub(x, low);
        return tf.mul(dy as tf.Tensor, tf.step(tf.mul(above, tf.sub(high, x))));
      },
    }),
  });
}
