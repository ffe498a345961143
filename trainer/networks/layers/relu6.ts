import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";

/** min(max(x, 0), 6) as one op. In tfjs-layers it is two ops, each with its own gradient. */
export class Relu6 extends layers.Layer {
  static className = "Relu6";

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.relu6(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

tf.serialization.registerClass(Relu6);
