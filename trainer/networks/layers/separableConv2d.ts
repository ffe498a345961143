import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

type Arguments = Parameters<typeof layers.separableConv2d>[0];

/** The layer of tfjs-layers, which does not export its class. */
interface Stock extends layers.Layer {
  readonly depthMultiplier: number;
}

const Stock = layers.separableConv2d({ filters: 1, kernelSize: 1 }).constructor as unknown as {
  new (config: Arguments): Stock;
  fromConfig: typeof layers.Layer.fromConfig;
};

/**
 * The separable convolution of tfjs-layers, whose config lacks the multiplier, so that models with another than 1
 * cannot be rebuilt. It has the same class name, so that it replaces the original in models that are loaded.
 */
export class SeparableConv2D extends Stock {
  static className = "SeparableConv2D";

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), depthMultiplier: this.depthMultiplier };
  }
}

tf.serialization.registerClass(SeparableConv2D);
