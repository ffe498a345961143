/** Kernels of the webgpu backend that consist of one WGSL program. */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "webgpu";

const WORKGROUP = 64;

/** A program of the backend of tfjs that runs once for each element of its output. */
interface Program {
  variableNames: string[];
  /** Fields of `uniforms` other than shapes, all vec2<i32>. */
  uniforms: string;
  workgroupSize: [number, number, number];
  /** Adds `uniforms.size`, the number of elements of the output. */
  size: true;
  outputShape: number[];
  dispatchLayout: { x: number[] };
  dispatch: [number, number, number];
  /** Programs with the same key and ranks are compiled once. */
  shaderKey: string;
  getUserCode(): string;
}

/** The members of the webgpu backend beyond the interface of tfjs that programs need. */
interface WebGpuBackend {
  runWebGPUProgram(
    program: Program,
    inputs: tf.TensorInfo[],
    type: tf.DataType,
    uniforms: { type: "int32"; data: number[] }[],
  ): tf.TensorInfo;
}

/**
 * Runs a program inside a kernel of the webgpu backend.
 *
 * @param inputs tensors by their names in the program
 * @param uniforms pairs of integers by name
 * @param code `fn main(index : i32)`, which is called for every element of the output, and for indices beyond
 */
export function runProgram(
  name: string,
  inputs: Record<string, tf.Tensor>,
  outputShape: number[],
  uniforms: Record<string, [number, number]>,
  code: string,
): tf.Tensor {
  const program: Program = {
    variableNames: Object.keys(inputs),
    uniforms: Object.keys(uniforms)
      .map((field) => `${field} : vec2<i32>, `)
      .join(""),
    workgroupSize: [WORKGROUP, 1, 1],
    size: true,
    outputShape,
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(tf.util.sizeFromShape(outputShape) / WORKGROUP), 1, 1],
    shaderKey: name,
    getUserCode: () => code,
  };
  const data = Object.values(uniforms).map((pair) => ({ type: "int32" as const, data: pair }));
  // The type of tf.backend() has only the members of all backends.
  const backend = tf.backend() as unknown as WebGpuBackend;
  const output = backend.runWebGPUProgram(program, Object.values(inputs), "float32", data);
  return tf.engine().makeTensorFromTensorInfo(output);
}
