import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Weight } from "../../shared/package/weight.ts";
import { UserError } from "../error.ts";

export type KerasLayer = LayersModel["layers"][number];

export const valuesOf = (layer: KerasLayer): Weight[] =>
  layer.getWeights().map((tensor) => ({
    shape: tensor.shape,
    values: tensor.dataSync<"float32">(),
  }));

/** The layers that a layer reads. @throws UserError if it is used more than once */
export function inputsOf(layer: KerasLayer): KerasLayer[] {
  if (layer.inboundNodes.length !== 1) {
    throw new UserError(`layer "${layer.name}" is used more than once, which the edge cannot run`);
  }
  return layer.inboundNodes[0]!.inboundLayers;
}

type Shape = (number | null)[];

/** The shape of what a layer reads first, without the batch. A length that the model leaves open is null. */
export const readShape = (layer: KerasLayer): Shape =>
  (layer.inboundNodes[0]?.inputTensors[0]?.shape ?? []).slice(1);

/** The shape of a layer's output, without the batch. */
export const shapeOf = (layer: KerasLayer): Shape =>
  (layer.inboundNodes[0]?.outputTensors[0]?.shape ?? []).slice(1);

/** The number of channels of a shape. @throws Error if the model leaves it open */
export function lastOf(shape: Shape): number {
  const last = shape.at(-1);
  if (typeof last !== "number") throw new Error(`[${shape.join(", ")}] has no number of channels`);
  return last;
}
