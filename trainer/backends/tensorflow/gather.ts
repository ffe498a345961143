import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace.ts";
import { BACKEND, isType, runOp } from "./native.ts";

/**
 * Registers a gather that reads nothing back. The stock one reads its indices to check them, and so waits
 * for the GPU wherever a batch is mined; what a miner finds is within bounds.
 */
export function registerGather(): void {
  replaceKernel(BACKEND, tf.GatherV2, ["x", "indices"], ([x, indices], { axis, batchDims }) => {
    if (!isType(x.dtype)) throw new Error(`gather takes no ${x.dtype}`);
    const attributes = {
      batch_dims: { int: Number(batchDims) },
      Tparams: { type: x.dtype },
      Tindices: { type: "int32" },
      Taxis: { type: "int32" },
    } as const;
    return runOp("GatherV2", attributes, [x, indices, tf.scalar(Number(axis), "int32")])[0]!;
  });
}
