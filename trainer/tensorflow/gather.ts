import * as tf from "@tensorflow/tfjs-core";
import { nodeBackend } from "./backend.ts";

/**
 * Registers a gather that reads nothing back, where the active backend is TensorFlow's. The stock one
 * reads its indices to check them, and so waits for the GPU wherever a batch is mined; what a miner finds
 * is within bounds.
 */
export function registerGather(): void {
  const backend = nodeBackend();
  if (!backend) return;
  const { TF_ATTR_INT, TF_ATTR_TYPE, TF_BOOL, TF_FLOAT, TF_INT32 } = backend.binding;
  const types: Partial<Record<tf.DataType, number>> = {
    ...{ float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL },
  };
  const backendName = tf.getBackend();
  tf.unregisterKernel(tf.GatherV2, backendName);
  tf.registerKernel({
    kernelName: tf.GatherV2,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const [x, indices] = [inputs.x, inputs.indices] as tf.Tensor[];
      const [axis, batchDims] = [Number(attrs?.axis), Number(attrs?.batchDims)];
      const type = types[x.dtype];
      if (type === undefined) throw new Error(`gather takes no ${x.dtype}`);
      const along = tf.scalar(axis, "int32");
      const attributes = [
        { name: "batch_dims", type: TF_ATTR_INT, value: batchDims },
        { name: "Tparams", type: TF_ATTR_TYPE, value: type },
        { name: "Tindices", type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: "Taxis", type: TF_ATTR_TYPE, value: TF_INT32 },
      ];
      const gathered = backend.executeSingleOutput("GatherV2", attributes, [x, indices, along]);
      along.dispose();
      return gathered;
    },
  });
}
