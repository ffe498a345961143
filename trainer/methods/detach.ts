import * as tf from "@tensorflow/tfjs-core";

/**
 * The same values as a tensor that no gradient flows through, without a copy. Mining must choose by
 * scores without being differentiated; tfjs has no stop-gradient of its own.
 */
export function detach<T extends tf.Tensor>({ dataId, shape, dtype }: T): T {
  tf.backend().incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }) as T;
}
