import relaxed from "./build/relaxed.wasm";

/** The exports of assembly/index.ts. The files there document the arguments. */
const FUNCTIONS = [
  "gemm",
  "depthwise",
  "depthwiseAny",
  "gather",
  "maxPool",
  "averagePool",
  "rescaleRows",
  "addRows",
  "addManyRows",
  "multiplyRows",
  "pad",
  "globalAverage",
  "dequantizeRows",
  "activateVector",
  "addVectors",
  "multiplyVectors",
  "scaleVector",
  "gate",
  "dense",
  "readPixels",
  "packGemm",
  "packDepthwise",
  "packDense",
  "packScaledDense",
  "sumZeros",
] as const;

export type Kernel = Record<(typeof FUNCTIONS)[number], (...numbers: number[]) => void>;

const isKernel = (exports: object): exports is Kernel => FUNCTIONS.every((name) => name in exports);

/** Instantiates the kernel. @param memory the memory that all addresses refer to */
export function openKernel(memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(relaxed, { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the int8 kernel lacks a function; npm run kernel builds it anew");
}
