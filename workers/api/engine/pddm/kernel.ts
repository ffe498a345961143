import relaxed from "./build/relaxed.wasm";
import simd from "./build/simd.wasm";

/** The exports of assembly/kernel.ts, which documents the arguments. */
export interface Kernel {
  describe(
    unit: number,
    work: number,
    d: number,
    h: number,
    features: number,
    width: number,
    items: number,
    n: number,
  ): void;
  score(
    unit: number,
    work: number,
    d: number,
    h: number,
    published: boolean,
    items: number,
    a: number,
    b: number,
    scores: number,
    pairs: number,
  ): void;
}

const isKernel = (exports: object): exports is Kernel =>
  "describe" in exports && "score" in exports;

/** Instantiates the kernel. @param memory the heap of tfjs @param useRelaxed whether to use relaxed SIMD */
export function openKernel(memory: WebAssembly.Memory, useRelaxed: boolean): Kernel {
  const { exports } = new WebAssembly.Instance(useRelaxed ? relaxed : simd, { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the PDDM kernel lacks a function");
}
