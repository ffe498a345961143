import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace.ts";
import { BACKEND, isType, runOp } from "./native.ts";

/**
 * Registers a gather that reads nothing back. The stock kernel reads the indices to check them, which waits for
 * the GPU in every mining. The indices of a miner are always within bounds.
 */
export function registerGather(): void {
  replaceKernel(BACKEND, tf.GatherV2, ["x", "indices"], ([x, indices], { axis, batchDims }) => {
    if (!isType(x.dtype)) throw new Error(`gather does not support ${x.dtype}`);
    const attributes = {
      batch_dims: { int: Number(batchDims) },
      Tparams: { type: x.dtype },
      Tindices: { type: "int32" },
      Taxis: { type: "int32" },
    } as const;
    return runOp("GatherV2", attributes, [x, indices, tf.scalar(Number(axis), "int32")])[0]!;
  });
}
