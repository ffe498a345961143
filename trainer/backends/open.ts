/** The door through which the trainer gets a tfjs backend. */
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
 * Makes the chosen backend the active one and names it. `auto` takes the first that runs here of a GPU
 * by CUDA, a GPU by WebGPU, TensorFlow on the CPU, and WebAssembly; `say` gets one line on what is
 * taken, and one on each that is passed over: why, and the remedy.
 *
 * @throws BackendError where the chosen one cannot run here, with the remedy
 */
export async function openBackend(choice: Choice, say: Say): Promise<BackendName> {
  const backend = choice === "auto" ? await choose(say) : choice;
  await OPEN[backend](say);
  if (choice === "auto" && backend === "wasm") say("WebAssembly on one thread of the CPU.");
  // Last: a backend's package may register the gradients of all ops as it loads.
  registerBatchNormGradient();
  registerClipGradient();
  registerReluGradients();
  return backend;
}

/** Opens one, and says what it is; WebAssembly is the same everywhere. */
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

/** What `auto` takes. */
async function choose(say: Say): Promise<BackendName> {
  const tensorflow = await unlessRefused(openCuda, say);
  if (tensorflow?.gpu) return "cuda";
  const gpu = await unlessRefused(openGpu, say);
  // Several times as fast as WebAssembly, but not as a GPU.
  if (!gpu) return tensorflow ? "cuda" : "wasm";
  if (tensorflow) say(`CUDA: TensorFlow ${tensorflow.version} finds no GPU. ${CUDA_REMEDY}`);
  return "webgpu";
}

async function openGpu(): Promise<Adapter> {
  await requireGpu();
  return openWebGpu();
}

/** What opens; null where it cannot run here, of which `say` gets the reason. */
async function unlessRefused<T>(open: () => Promise<T>, say: Say): Promise<T | null> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    say(error.message);
    return null;
  }
}
