/** The door through which the trainer gets a tfjs backend. */
import { registerBatchNormGradient } from "./batch-norm-gradient.ts";
import { openCuda } from "./cuda.ts";
import { BackendError } from "./error.ts";
import { registerClipGradient } from "./clip-gradient.ts";
import type { BackendName } from "./names.ts";
import { registerReluGradients } from "./relu-gradients.ts";
import { openWasm } from "./wasm.ts";

type Choice = "auto" | BackendName;
type Say = (line: string) => void;

/**
 * Makes the chosen backend the active one and names it. `auto` takes CUDA where it runs; where it
 * does not, `say` gets one line saying why, and WebAssembly takes over.
 *
 * @throws BackendError where the chosen one cannot run here, with the remedy
 */
export async function openBackend(choice: Choice, say: Say): Promise<BackendName> {
  const backend = await open(choice, say);
  // Last: a backend's package may register the gradients of all ops as it loads.
  registerBatchNormGradient();
  registerClipGradient();
  registerReluGradients();
  return backend;
}

async function open(choice: Choice, say: Say): Promise<BackendName> {
  if (choice !== "wasm") {
    try {
      const { version, gpu } = await openCuda();
      say(`TensorFlow ${version} ${gpu ? "on a GPU" : "on the CPU: it finds no GPU"}.`);
      return "cuda";
    } catch (error) {
      if (choice === "cuda" || !(error instanceof BackendError)) throw error;
      say(`${error.message} Training on WebAssembly.`);
    }
  }
  await openWasm();
  return "wasm";
}
