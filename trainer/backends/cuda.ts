/**
 * The backend for CUDA GPUs: TensorFlow's own kernels through @tensorflow/tfjs-node-gpu. With a
 * libtensorflow for CPUs they run on the CPU, several times as fast as WebAssembly's.
 *
 * It is an optional dependency that downloads libtensorflow when it installs, so it is imported only
 * here, under a name the type checker does not follow, and may be absent.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "./error.ts";
import { describeTensorFlow } from "./tensorflow/native.ts";
import { registerKernels } from "./tensorflow/register.ts";

const PACKAGE = "@tensorflow/tfjs-node-gpu";
const BACKEND = "tensorflow";

/** What to do where it cannot run. */
export const REMEDY =
  "Build it with `npm run setup:cuda -- --libtensorflow <folder>` (any TensorFlow 2).";

/**
 * Makes TensorFlow the active backend.
 *
 * @returns its version, and whether it uses a GPU
 * @throws BackendError where it cannot run here, with the remedy
 */
export async function openCuda(): Promise<{ version: string; gpu: boolean }> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 23) {
    throw new BackendError(`CUDA: ${PACKAGE} does not run on Node ${major}; use Node 22.`);
  }
  // TensorFlow logs what it finds of the machine; warnings and errors are enough.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  try {
    await import(PACKAGE);
  } catch (error) {
    const message = absent(error) ? MISSING : `${BROKEN}: ${firstLine(error)}. ${REMEDY}`;
    throw new BackendError(message, { cause: error });
  }
  // The package registers its backend as it loads, with the tfjs-core that all copies share.
  if (!(await tf.setBackend(BACKEND))) {
    throw new BackendError(`${BROKEN}: its "${BACKEND}" backend does not start. ${REMEDY}`);
  }
  await tf.ready();
  registerKernels();
  return describeTensorFlow();
}

const MISSING = `CUDA: ${PACKAGE} is not installed. ${REMEDY}`;
const BROKEN = `CUDA: ${PACKAGE} is installed but does not load`;

function absent(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND") &&
    error.message.includes(`'${PACKAGE}'`)
  );
}

function firstLine(error: unknown): string {
  const [line] = String(error instanceof Error ? error.message : error).split("\n", 1);
  return line.trim().replace(/\.$/, "");
}
