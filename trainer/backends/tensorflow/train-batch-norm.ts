import * as tf from "@tensorflow/tfjs-core";
import { TRAIN_BATCH_NORM, TRAIN_BATCH_NORM_GRADIENT } from "../train-batch-norm.ts";
import { replaceKernel } from "../replace.ts";
import { type Attributes, BACKEND, FLOAT32, nativeOutputs } from "./native.ts";

const attributesOf = ({ epsilon }: tf.NamedAttrMap): Attributes => ({
  U: FLOAT32,
  epsilon: Number(epsilon),
  data_format: "NHWC",
  is_training: true,
});

export function registerTrainBatchNorm(): void {
  replaceKernel(
    BACKEND,
    TRAIN_BATCH_NORM,
    ["x", "scale", "offset"],
    ([x, scale, offset], attributes) => {
      const n = x.size / scale.size;
      // Of the running statistics that it could update, it takes none in training.
      const none = tf.tensor1d([]);
      const [y, mean, variance, ...reserved] = nativeOutputs(
        "FusedBatchNormV3",
        [x, scale, offset, none, none],
        6,
        attributesOf(attributes),
      );
      // The op's is that of what x is a sample of, tfjs-layers' that of x.
      return [y, mean, tf.mul(variance, (n - 1) / n), ...reserved];
    },
  );
  replaceKernel(
    BACKEND,
    TRAIN_BATCH_NORM_GRADIENT,
    ["dy", "x", "scale", "0", "1", "2"],
    (inputs, attributes) =>
      nativeOutputs("FusedBatchNormGradV3", inputs, 5, attributesOf(attributes)).slice(0, 3),
  );
}
