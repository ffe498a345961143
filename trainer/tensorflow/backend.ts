import * as tf from "@tensorflow/tfjs-core";

/** A tensor of TensorFlow's own. */
interface Output {
  id: number;
  shape: number[];
  dtype: number;
}

interface Attribute {
  name: string;
  type: number;
  value: number | boolean;
}

/** What tfjs-node's backend has beyond tfjs's interface. */
export interface NodeBackend {
  binding: Record<
    | "TF_ATTR_TYPE"
    | "TF_ATTR_INT"
    | "TF_ATTR_BOOL"
    | "TF_BOOL"
    | "TF_FLOAT"
    | "TF_INT32"
    | "TF_UINT8",
    number
  > & {
    createTensor(shape: number[], type: number, values: Uint8Array): number;
    deleteTensor(id: number): void;
    executeOp(op: string, attributes: Attribute[], ids: number[], outputs: number): Output[];
  };
  createOutputTensor(output: Output): tf.Tensor;
  executeSingleOutput(op: string, attributes: Attribute[], inputs: tf.Tensor[]): tf.Tensor;
}

/** The active backend where it is TensorFlow's, else null. */
export function nodeBackend(): NodeBackend | null {
  const backend: object = tf.backend();
  return "executeSingleOutput" in backend ? (backend as NodeBackend) : null;
}
