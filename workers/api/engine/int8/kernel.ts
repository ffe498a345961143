import fused from "./build/fused.wasm";
import pairs from "./build/pairs.wasm";

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

type Name = (typeof FUNCTIONS)[number];

export interface Kernel extends Record<Name, (...numbers: number[]) => void> {
  probe(beyond: number): number;
}

/** How dot products are computed: by one instruction, or as sums of pairs (assembly/dot.ts). */
const BUILDS = { fused, pairs };
export type Build = keyof typeof BUILDS;

const isKernel = (exports: object): exports is Kernel =>
  [...FUNCTIONS, "probe"].every((name) => name in exports);

function instantiate(build: Build, memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(BUILDS[build], { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the int8 kernel lacks a function; npm run kernel builds it anew");
}

/** What `probe` answers where a dot product takes several instructions: twice the largest sum of two. */
const IN_PAIRS = 2 * 32_767;

/**
 * Instantiates the kernel.
 *
 * @param memory the memory that all addresses refer to. The kernel's constants take its first 64 bytes
 * @param build otherwise the one that suits the processor
 */
export function openKernel(memory: WebAssembly.Memory, build?: Build): Kernel {
  if (build !== undefined) return instantiate(build, memory);
  const kernel = instantiate("fused", memory);
  return kernel.probe(255) === IN_PAIRS ? instantiate("pairs", memory) : kernel;
}
