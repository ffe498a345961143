/** The door through which the trainer gets a tfjs backend. */
import { registerBatchNormGradient } from "./batch-norm-gradient.ts";
import { openCuda } from "./cuda.ts";
import { BackendError } from "./error.ts";
import { registerClipGradient } from "./clip-gradient.ts";
import { openWasm } from "./wasm.ts";

/**
 * Makes the chosen backend the active one and names it. `auto` takes CUDA where it runs; where it
 * does not, `say` gets one line saying why, and WebAssembly takes over.
 */
export async function openBackend(
  choice: "auto" | "wasm" | "cuda",
  say: (line: string) => void,
): Promise<"wasm" | "cuda"> {
  registerBatchNormGradient();
  registerClipGradient();
  if (choice !== "wasm") {
    try {
      await openCuda();
      return "cuda";
    } catch (error) {
      if (choice === "cuda" || !(error instanceof BackendError)) throw error;
      say(`${error.message} Training on WebAssembly.`);
    }
  }
  await openWasm();
  return "wasm";
}
