import * as tf from "@tensorflow/tfjs-core";

/**
 * Returns a tensor that shares the values of another one, but passes no gradient to it. Miners choose
 * by detached scores. tfjs itself has no stop-gradient.
 */
export function detach<T extends tf.Tensor>({ dataId, shape, dtype }: T): T {
  tf.backend().incRef(dataId);
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }) as T;
}
