import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { Identity } from "./identity.ts";

type Arguments = { rate: number } & ConstructorParameters<typeof layers.Layer>[0];

/** Drops whole channels of an image in training. Keras has this layer, tfjs-layers lacks it. */
export class SpatialDropout2D extends Identity {
  static override className = "SpatialDropout2D";
  private readonly rate: number;

  constructor({ rate, ...others }: Arguments) {
    super(others);
    this.rate = rate;
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Parameters<layers.Layer["call"]>[1] = {},
  ): tf.Tensor {
    if (kwargs.training !== true) return super.call(inputs);
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.dropout(x, this.rate, [x.shape[0], 1, 1, x.shape[3]!]);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate };
  }
}

tf.serialization.registerClass(SpatialDropout2D);
