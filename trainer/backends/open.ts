/** Opens the tfjs backend of the trainer. */
import { registerBatchNormGradient } from "./batch-norm-gradient.ts";
import { openCuda, REMEDY as CUDA_REMEDY } from "./cuda.ts";
import { BackendError } from "./error.ts";
import { registerClipGradient } from "./clip-gradient.ts";
import type { BackendName } from "./names.ts";
import { registerReluGradients } from "./relu-gradients.ts";
import { openWasm } from "./wasm.ts";
import { openWebGpu } from "./webgpu.ts";
import type { Adapter } from "./webgpu/adapter.ts";
import { requireGpu } from "./webgpu/gpu.ts";

type Choice = "auto" | BackendName;
type Say = (line: string) => void;

/**
 * Activates the chosen backend and returns its name. `auto` takes the first that runs here of: a GPU by CUDA, a
 * GPU by WebGPU, TensorFlow on the CPU, WebAssembly.
 *
 * @param say receives a line on the backend that is used, and a line with reason and remedy on each one that is not
 * @throws BackendError with the remedy if the chosen backend cannot run here
 */
export async function openBackend(choice: Choice, say: Say): Promise<BackendName> {
  const backend = choice === "auto" ? await choose(say) : choice;
  await OPEN[backend](say);
  if (choice === "auto" && backend === "wasm") say("WebAssembly on one thread of the CPU.");
  // Registered last, because loading a backend's package may register the gradients of all ops.
  registerBatchNormGradient();
  registerClipGradient();
  registerReluGradients();
  return backend;
}

/** Opens a backend and describes it, except WebAssembly, which is the same everywhere. */
const OPEN: Record<BackendName, (say: Say) => Promise<void>> = {
  wasm: openWasm,
  cuda: async (say) => {
    const { version, gpu } = await openCuda();
    say(`TensorFlow ${version} ${gpu ? "on a GPU" : "on the CPU: it finds no GPU"}.`);
  },
  webgpu: async (say) => {
    const { name, software } = await openWebGpu();
    say(`WebGPU on ${name}${software ? ", which is software: it computes on the CPU" : ""}.`);
  },
};

/** Chooses the backend for `auto`. */
async function choose(say: Say): Promise<BackendName> {
  const tensorflow = await unlessRefused(openCuda, say);
  if (tensorflow?.gpu) return "cuda";
  const gpu = await unlessRefused(openGpu, say);
  // TensorFlow on the CPU is several times as fast as WebAssembly, but slower than a GPU.
  if (!gpu) return tensorflow ? "cuda" : "wasm";
  if (tensorflow) say(`CUDA: TensorFlow ${tensorflow.version} finds no GPU. ${CUDA_REMEDY}`);
  return "webgpu";
}

async function openGpu(): Promise<Adapter> {
  await requireGpu();
  return openWebGpu();
}

/** Opens a backend. If it cannot run here, `say` receives the reason and the result is null. */
async function unlessRefused<T>(open: () => Promise<T>, say: Say): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    say(error.message);
    return null;
  }
}
