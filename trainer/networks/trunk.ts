import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Normalization, normalizePixels, takeValues } from "../../shared/normalize.ts";
import { runNetwork } from "../../shared/network/run.ts";
import type { Network } from "../../shared/network/schema.ts";
import type { Package } from "../../shared/package/codec.ts";
import { exportNetwork } from "../export/network.ts";
import { sizeAt } from "./sizeAt.ts";

/**
 * The frozen first layers of a network, run as at the edge: with folded batch norms and fused activations.
 */
export class Trunk {
  readonly network: Network;
  readonly tensors: Package["tensors"];
  /** Shape of the output for one image: [height, width, channels] or [channels]. */
  readonly shape: number[];
  private readonly weights: Map<string, tf.Tensor>;
  private readonly size: [number, number];

  /** @throws UserError that names the layer if the edge cannot run one */
  constructor(
    model: LayersModel,
    private readonly normalization: Normalization,
  ) {
    const { network, tensors } = exportNetwork(model);
    this.network = network;
    this.tensors = tensors;
    const output = model.outputs[0]!;
    this.shape = Array.from({ length: output.rank - 1 }, (_, i) => sizeAt(output, i + 1));
    this.size = [sizeAt(model.inputs[0]!, 1), sizeAt(model.inputs[0]!, 2)];
    this.weights = new Map(
      Array.from(tensors, ([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
    );
  }

  /** Runs the layers. @param pixels RGB bytes of n images @returns n concatenated outputs */
  run(pixels: Uint8Array): Float32Array {
    const [height, width] = this.size;
    return takeValues(
      tf.tidy(() => {
        const n = pixels.length / (height * width * 3);
        const images = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
        const normalized = normalizePixels(images, this.normalization);
        return runNetwork(this.network, this.weights, normalized);
      }),
    );
  }

  dispose(): void {
    tf.dispose([...this.weights.values()]);
  }
}
