/**
 * BatchMatMul of long rows, with the program for large matrices.
 *
 * For small products the stock kernel divides long rows among workgroups. These add in an arbitrary order, and read
 * the wrong elements if the second matrix is transposed.
 */
import { BatchMatMul } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace.ts";
import { BACKEND } from "./program.ts";

/** The stock kernel may divide rows of this length or more. */
const LONG = 2000;

const PROGRAM_FLAG = "WEBGPU_MATMUL_PROGRAM_TYPE";
const CHOSEN_BY_TFJS = -1;
/** Selects MatMulPackedProgram of tfjs. */
const FOR_LARGE = 3;

export function registerMatMul(): void {
  const stock = tf.getKernel(BatchMatMul, BACKEND);
  replaceKernel(BACKEND, BatchMatMul, ["a", "b"], ([a, b], attrs) => {
    const inner = a.shape[a.rank - (attrs.transposeA ? 2 : 1)]!;
    tf.env().set(PROGRAM_FLAG, inner >= LONG ? FOR_LARGE : CHOSEN_BY_TFJS);
    const inputs = { a, b };
    const product = stock.kernelFunc({ inputs, attrs, backend: tf.backend() }) as tf.TensorInfo;
    tf.env().set(PROGRAM_FLAG, CHOSEN_BY_TFJS);
    return tf.engine().makeTensorFromTensorInfo(product);
  });
}
