import { RELAXED_SIMD } from "../../wasm/relaxedSimd.ts";
import relaxed from "./build/relaxed.wasm";
import simd from "./build/simd.wasm";

/** The exports of assembly/index.ts. The files there document the arguments. */
export interface Kernel {
  prepare(block: number, stride: number): void;
  scan(
    blocks: number,
    blockBytes: number,
    count: number,
    stride: number,
    queries: number,
    numQueries: number,
    scores: number,
    selections: number,
    numSelections: number,
  ): void;
}

const isKernel = (exports: object): exports is Kernel => "prepare" in exports && "scan" in exports;

/** Instantiates the kernel. @param memory the memory that all addresses refer to */
export function openKernel(memory: WebAssembly.Memory, useRelaxed = RELAXED_SIMD): Kernel {
  const { exports } = new WebAssembly.Instance(useRelaxed ? relaxed : simd, { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the scan lacks a function");
}
