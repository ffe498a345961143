/** Kernels of the webgpu backend that are a program in WGSL. */
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "webgpu";

const WORKGROUP = 64;

/** A program that runs once for each element of its output, in the terms of tfjs's backend. */
interface Program {
  variableNames: string[];
  /** Fields of `uniforms`, all vec2<i32>, beside the shapes. */
  uniforms: string;
  workgroupSize: [number, number, number];
  /** Makes `uniforms.size`: of the output, in elements. */
  size: true;
  outputShape: number[];
  dispatchLayout: { x: number[] };
  dispatch: [number, number, number];
  /** Programs of one key, and of shapes of one rank, are compiled once. */
  shaderKey: string;
  getUserCode(): string;
}

/** What tfjs's backend has beyond tfjs's interface, as far as programs go. */
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
 * @param inputs by the names under which the program reads them
 * @param uniforms pairs of whole numbers, by name
 * @param code `fn main(index : i32)`, called for every element of the output that there is, and beyond
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
  // tf.backend() is typed by what all backends have.
  const backend = tf.backend() as unknown as WebGpuBackend;
  const output = backend.runWebGPUProgram(program, Object.values(inputs), "float32", data);
  return tf.engine().makeTensorFromTensorInfo(output);
}
