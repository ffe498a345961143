/**
 * The network in int8 arithmetic, in AssemblyScript: relaxed SIMD multiplies four activations by four
 * weights in one instruction. An activation has 7 bits (0 to 127), a weight 8 with its sign, which is
 * exact on every processor.
 *
 * All arguments that name something to read or write are addresses in the memory that it imports;
 * channels are padded to a multiple of 8. shared/quantization tells what an activation stands for.
 */
export { gemm } from "./gemm";
export { depthwise } from "./depthwise";
export { gather } from "./gather";
export { averagePool, maxPool } from "./pool";
export { addRows, rescaleRows } from "./elementwise";
export { addVectors, dense, dequantizeRows, globalAverage, readPixels } from "./vector";
export { packDense, packDepthwise, packGemm, packScaledDense, sumZeros } from "./pack";
