/** Calls ops of TensorFlow directly, including those that tfjs composes from several. */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "tensorflow";

/** A tensor of TensorFlow. */
interface Output {
  id: number;
  shape: number[];
  dtype: number;
}

interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The members of the backend of tfjs-node beyond the interface of tfjs. */
interface NodeBackend {
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_FLOAT: number;
    TF_ATTR_INT: number;
    TF_ATTR_STRING: number;
    TF_ATTR_BOOL: number;
    TF_FLOAT: number;
    TF_INT32: number;
    TF_BOOL: number;
    TF_UINT8: number;
    TF_Version: string;
    createTensor(shape: number[], type: number, values: Uint8Array): number;
    deleteTensor(id: number): void;
    executeOp(op: string, attributes: OpAttribute[], ids: number[], outputs: number): Output[];
  };
  isUsingGpuDevice: boolean;
  createOutputTensor(output: Output): tf.Tensor;
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

/** The version of TensorFlow, and whether it uses a GPU. */
export interface TensorFlow {
  version: string;
  gpu: boolean;
}

export function describeTensorFlow(): TensorFlow {
  const { binding, isUsingGpuDevice } = nodeBackend();
  return { version: binding.TF_Version, gpu: isUsingGpuDevice };
}

const TYPES = {
  float32: "TF_FLOAT",
  int32: "TF_INT32",
  bool: "TF_BOOL",
  uint8: "TF_UINT8",
} as const;

/** A data type of TensorFlow. */
export type Type = keyof typeof TYPES;

export const isType = (name: string): name is Type => name in TYPES;

/** Attributes of an op by name. */
export type Attributes = Record<
  string,
  string | boolean | { type: Type } | { float: number } | { int: number }
>;

function toOpAttributes({ binding }: NodeBackend, attributes: Attributes): OpAttribute[] {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === "string") return { name, type: binding.TF_ATTR_STRING, value };
    if (typeof value === "boolean") return { name, type: binding.TF_ATTR_BOOL, value };
    if ("float" in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
    if ("int" in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
    return { name, type: binding.TF_ATTR_TYPE, value: binding[TYPES[value.type]] };
  });
}

/**
 * Runs a TensorFlow op.
 *
 * @param outputs number of outputs
 */
export function runOp(
  op: string,
  attributes: Attributes,
  inputs: tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  const backend = nodeBackend();
  return backend.executeMultipleOutputs(op, toOpAttributes(backend, attributes), inputs, outputs);
}

/** Runs a TensorFlow op with float32 inputs, one output and only the type attribute. */
export const native = (op: string, inputs: tf.Tensor[]): tf.Tensor =>
  runOp(op, { T: { type: "float32" } }, inputs)[0]!;

/**
 * Converts bytes to floats on the device, so that only a quarter of the data is transferred. tfjs has no tensors of
 * bytes, but TensorFlow has.
 */
export function floatsOfBytes(bytes: Uint8Array, shape: number[]): tf.Tensor {
  const backend = nodeBackend();
  const { binding } = backend;
  const given = binding.createTensor(shape, binding.TF_UINT8, bytes);
  const attributes = toOpAttributes(backend, {
    SrcT: { type: "uint8" },
    DstT: { type: "float32" },
    Truncate: false,
  });
  const floats = binding.executeOp("Cast", attributes, [given], 1)[0]!;
  binding.deleteTensor(given);
  return backend.createOutputTensor(floats);
}
