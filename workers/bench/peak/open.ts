import { RELAXED_SIMD } from "../../wasm/relaxedSimd.ts";
import relaxed from "./build/relaxed.wasm";
import simd from "./build/simd.wasm";

/** The exports of assembly/kernel.ts. */
interface Kernel {
  run(steps: number, scale: number, offset: number): number;
}

const isKernel = (exports: object): exports is Kernel => "run" in exports;

function open(module: WebAssembly.Module): Kernel {
  const { exports } = new WebAssembly.Instance(module, {});
  if (isKernel(exports)) return exports;
  throw new Error("the build of the peak kernel lacks a function");
}

/** Without relaxed SIMD, both are the plain build. */
const kernels = { simd: open(simd), relaxed: open(RELAXED_SIMD ? relaxed : simd) };

/** x / 2 + 1 / 2 converges to 1, so all numbers stay in the normal range. */
const [SCALE, OFFSET] = [0.5, 0.5];

/** V8 replaces its first code with optimized code only between calls. */
const STEPS_AT_ONCE = 10_000;

/** Runs the peak kernel, with plain or relaxed SIMD. */
export function runPeak(build: keyof typeof kernels, steps: number): void {
  for (let left = steps; left > 0; left -= STEPS_AT_ONCE) {
    kernels[build].run(Math.min(left, STEPS_AT_ONCE), SCALE, OFFSET);
  }
}
