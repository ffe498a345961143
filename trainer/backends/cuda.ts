/**
 * The backend for CUDA GPUs: the kernels of TensorFlow through @tensorflow/tfjs-node-gpu. With a libtensorflow for
 * CPUs they run on the CPU, several times as fast as WebAssembly.
 *
 * The package is an optional dependency that downloads libtensorflow when it installs.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "./error.ts";
import { importOptional } from "./optional.ts";
import { BACKEND, describeTensorFlow, type TensorFlow } from "./tensorflow/native.ts";
import { registerKernels } from "./tensorflow/register.ts";

const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** What to do if it cannot run. */
export const REMEDY =
  "Build it with `npm run setup-cuda -- --libtensorflow <folder>` (any TensorFlow 2).";

/**
 * Makes TensorFlow the active backend.
 *
 * @throws BackendError with the remedy if it cannot run here
 */
export async function openCuda(): Promise<TensorFlow> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 23) {
    throw new BackendError(`CUDA: ${PACKAGE} does not run on Node ${major}; use Node 22.`);
  }
  // Silences the information that TensorFlow logs about the machine, but not warnings and errors.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  // Loading the package registers its backend with the shared tfjs-core.
  await importOptional(PACKAGE, "CUDA", REMEDY);
  if (!(await tf.setBackend(BACKEND))) {
    throw new BackendError(
      `CUDA: ${PACKAGE} is installed but its "${BACKEND}" backend does not start. ${REMEDY}`,
    );
  }
  await tf.ready();
  registerKernels();
  return describeTensorFlow();
}
