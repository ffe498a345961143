import * as tf from "@tensorflow/tfjs-core";
import { layers, type Shape } from "@tensorflow/tfjs-layers";
import { hardSigmoid } from "../../../shared/network/activate.ts";

/** min(max(x / 6 + 1 / 2, 0), 1), as in MobileNetV3. The hardSigmoid of tfjs-layers has a slope of 1 / 5. */
export class HardSigmoid extends layers.Layer {
  static className = "HardSigmoid";

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return hardSigmoid(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

tf.serialization.registerClass(HardSigmoid);
