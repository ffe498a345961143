/**
 * The layers of a network in int8 arithmetic, in AssemblyScript. Relaxed SIMD multiplies four activations by
 * four weights in one instruction. An activation has 7 bits (0 to 127) and a weight has 8 with its sign, so
 * the result is exact on every processor.
 *
 * Arguments that name data are addresses in the imported memory. Channels are padded to a multiple of 8.
 * shared/quantization defines the value that an activation stands for.
 */
export { probe } from "./dot";
export { gemm } from "./gemm";
export { depthwise } from "./depthwise";
export { depthwiseAny } from "./depthwiseAny";
export { gather } from "./gather";
export { averagePool, maxPool } from "./pool";
export { addManyRows, addRows, multiplyRows, pad, rescaleRows } from "./elementwise";
export {
  activateVector,
  addVectors,
  dense,
  dequantizeRows,
  gate,
  globalAverage,
  multiplyVectors,
  readPixels,
  scaleVector,
} from "./vector";
export { packDense, packDepthwise, packGemm, packScaledDense, sumZeros } from "./pack";
