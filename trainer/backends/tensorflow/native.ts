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
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_FLOAT: number;
    TF_ATTR_STRING: number;
    TF_ATTR_BOOL: number;
    TF_FLOAT: number;
    TF_Version: string;
  };
  isUsingGpuDevice: boolean;
  executeMultipleOutputs(
    op: string,
    attributes: OpAttribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

function nodeBackend(): NodeBackend {
  const backend: object = tf.backend();
  if ("executeMultipleOutputs" in backend && "binding" in backend) return backend as NodeBackend;
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

/** Attributes of an op by name: FLOAT32 is the type of a type, the others are told by their values. */
export const FLOAT32 = Symbol("float32");
export type Attributes = Record<string, typeof FLOAT32 | number | string | boolean>;

function toOpAttribute(
  { binding }: NodeBackend,
  [name, value]: [string, Attributes[string]],
): OpAttribute {
  if (value === FLOAT32) return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  if (typeof value === "number") return { name, type: binding.TF_ATTR_FLOAT, value };
  if (typeof value === "string") return { name, type: binding.TF_ATTR_STRING, value };
  return { name, type: binding.TF_ATTR_BOOL, value };
}

/**
 * Runs a TensorFlow op of float32 inputs.
 *
 * @param outputs how many it has
 * @param attributes beside T, the type of its inputs
 */
export function nativeOutputs(
  op: string,
  inputs: tf.Tensor[],
  outputs: number,
  attributes: Attributes = {},
): tf.Tensor[] {
  const backend = nodeBackend();
  const all = Object.entries({ T: FLOAT32, ...attributes } satisfies Attributes);
  const opAttributes = all.map((attribute) => toOpAttribute(backend, attribute));
  return backend.executeMultipleOutputs(op, opAttributes, inputs, outputs);
}

/** Runs a TensorFlow op of float32 inputs, one output, and no attribute but their type. */
export const native = (op: string, inputs: tf.Tensor[]): tf.Tensor =>
  nativeOutputs(op, inputs, 1)[0];
