/** TensorFlow's own ops, also those that tfjs composes from several. */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "tensorflow";

interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** What tfjs-node's backend has beyond tfjs's interface. */
interface NodeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number; TF_Version: string };
  isUsingGpuDevice: boolean;
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: tf.Tensor[]): tf.Tensor;
}

function nodeBackend(): NodeBackend {
  const backend: object = tf.backend();
  if ("executeSingleOutput" in backend && "binding" in backend) return backend as NodeBackend;
  throw new Error(`The active backend is ${tf.getBackend()}, not ${BACKEND}.`);
}

/** Which TensorFlow the active backend is, and whether it uses a GPU. */
export interface TensorFlow {
  version: string;
  gpu: boolean;
}

export function describeTensorFlow(): TensorFlow {
  const { binding, isUsingGpuDevice } = nodeBackend();
  return { version: binding.TF_Version, gpu: isUsingGpuDevice };
}

/** Runs a TensorFlow op whose only attribute is T, the type of float32 inputs. */
export function native(op: string, inputs: tf.Tensor[]): tf.Tensor {
  const backend = nodeBackend();
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes = [{ name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT }];
  return backend.executeSingleOutput(op, attributes, inputs);
}
