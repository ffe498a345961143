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

/** A wasm module whose only function uses i8x16.relaxed_swizzle. */
const PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

/**
 * Whether the runtime has relaxed SIMD. workerd forbids compiling bytes, but not validating them. It compiles
 * every bundled module at start, so a runtime without relaxed SIMD needs a bundle without that build.
 */
export const RELAXED_SIMD = WebAssembly.validate(PROBE);

const isKernel = (exports: object): exports is Kernel =>
  "describe" in exports && "score" in exports;

/** Instantiates the kernel. @param memory the heap of tfjs @param useRelaxed whether to use relaxed SIMD */
export function openKernel(memory: WebAssembly.Memory, useRelaxed: boolean): Kernel {
  const { exports } = new WebAssembly.Instance(useRelaxed ? relaxed : simd, { env: { memory } });
  if (isKernel(exports)) return exports;
  throw new Error("the build of the PDDM kernel lacks a function");
}
