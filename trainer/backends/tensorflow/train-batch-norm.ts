import * as tf from "@tensorflow/tfjs-core";
import { TRAIN_BATCH_NORM, TRAIN_BATCH_NORM_GRADIENT } from "../train-batch-norm.ts";
import { replaceKernel } from "../replace.ts";
import { type Attributes, BACKEND, runOp } from "./native.ts";

const attributesOf = ({ epsilon }: tf.NamedAttrMap): Attributes => ({
  T: { type: "float32" },
  U: { type: "float32" },
  epsilon: { float: Number(epsilon) },
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
      // In training the op does not read the running statistics.
      const none = tf.tensor1d([]);
      const outputs = runOp(
        "FusedBatchNormV3",
        attributesOf(attributes),
        [x, scale, offset, none, none],
        6,
      );
      // The op gives the unbiased variance, tfjs-layers the variance of x itself.
      return outputs.with(2, tf.mul(outputs[2]!, (n - 1) / n));
    },
  );
  replaceKernel(
    BACKEND,
    TRAIN_BATCH_NORM_GRADIENT,
    ["dy", "x", "scale", "0", "1", "2"],
    (inputs, attributes) =>
      runOp("FusedBatchNormGradV3", attributesOf(attributes), inputs, 5).slice(0, 3),
  );
}
