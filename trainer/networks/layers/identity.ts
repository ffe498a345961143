import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";

/** y = x. Keras has this layer, tfjs-layers lacks it. */
export class Identity extends layers.Layer {
  static className = "Identity";

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

/** y = x. Its penalty of the values is not part of any loss here. */
export class ActivityRegularization extends Identity {
  static override className = "ActivityRegularization";
}

tf.serialization.registerClass(Identity);
tf.serialization.registerClass(ActivityRegularization);
