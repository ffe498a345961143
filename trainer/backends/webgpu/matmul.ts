/**
 * BatchMatMul of long rows, by the program that is for large matrices.
 *
 * Where the product is small, the stock kernel parts long rows among workgroups. These add up in
 * whichever order they come, and of a transposed second matrix they read the wrong elements.
 */
import { BatchMatMul } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "../replace.ts";
import { BACKEND } from "./program.ts";

/** From this length on the stock kernel may part rows. */
const LONG = 2000;

const PROGRAM_FLAG = "WEBGPU_MATMUL_PROGRAM_TYPE";
const CHOSEN_BY_TFJS = -1;
/** tfjs's MatMulPackedProgram. */
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
