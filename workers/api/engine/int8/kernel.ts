import relaxed from "./build/relaxed.wasm";

/** What assembly/index.ts exports; the files there tell what the arguments are. */
const FUNCTIONS = [
  "gemm",
  "depthwise",
  "gather",
  "maxPool",
  "averagePool",
  "rescaleRows",
  "addRows",
  "globalAverage",
  "dequantizeRows",
  "addVectors",
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

/** @param memory where everything lies that the kernel is told of */
export function openKernel(memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(relaxed, { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the int8 kernel lacks a function");
}
