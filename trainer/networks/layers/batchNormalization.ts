import * as tf from "@tensorflow/tfjs-core";
import { layers, type LayerVariable } from "@tensorflow/tfjs-layers";
import { trainBatchNorm } from "../../backends/train-batch-norm.ts";

type Arguments = NonNullable<Parameters<typeof layers.batchNormalization>[0]>;

/** The layer of tfjs-layers, which does not export its class. */
interface Stock extends layers.Layer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  /** undefined if the layer does not scale. */
  readonly gamma?: LayerVariable;
  /** undefined if the layer does not centre. */
  readonly beta?: LayerVariable;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

const Stock = layers.batchNormalization().constructor as unknown as {
  new (config: Arguments): Stock;
  fromConfig: typeof layers.Layer.fromConfig;
};

/**
 * The batch norm of tfjs-layers, changed to compute a training step in one op (backends/train-batch-norm.ts) and
 * to train without scale or centre. It has the same class name, so that it replaces the original in models that
 * are loaded.
 */
export class BatchNormalization extends Stock {
  static className = "BatchNormalization";

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Parameters<Stock["call"]>[1],
  ): tf.Tensor | tf.Tensor[] {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const channelsLast = [-1, x.rank - 1].includes(this.axis);
    if (kwargs.training !== true || !channelsLast) return super.call(inputs, kwargs);
    return tf.tidy(() => {
      const channels = this.movingMean.read().shape as [number];
      const scale = (this.gamma?.read() ?? tf.ones(channels)) as tf.Tensor1D;
      const offset = (this.beta?.read() ?? tf.zeros(channels)) as tf.Tensor1D;
      const { y, mean, variance } = trainBatchNorm(x, scale, offset, this.epsilon);
      this.follow(this.movingMean, mean);
      this.follow(this.movingVariance, variance);
      return y;
    });
  }

  private follow(average: LayerVariable, value: tf.Tensor): void {
    const before = average.read();
    average.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - this.momentum)));
  }
}

tf.serialization.registerClass(BatchNormalization);
