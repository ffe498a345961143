/**
 * The backend for CUDA GPUs: TensorFlow's own kernels through @tensorflow/tfjs-node-gpu.
 *
 * It is an optional dependency that downloads libtensorflow when it installs, so it is imported only
 * here, under a name the type checker does not follow, and may be absent.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "./error.ts";

const PACKAGE = "@tensorflow/tfjs-node-gpu";
const BACKEND = "tensorflow";

export async function openCuda(): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 23) {
    throw new BackendError(`CUDA: ${PACKAGE} does not run on Node ${major}; use Node 22.`);
  }
  try {
    await import(PACKAGE);
  } catch (error) {
    throw new BackendError(absent(error) ? MISSING : `${BROKEN}: ${firstLine(error)}.`, {
      cause: error,
    });
  }
  // The package registers its backend as it loads, with the tfjs-core that all copies share.
  if (!(await tf.setBackend(BACKEND))) {
    throw new BackendError(`${BROKEN}: its "${BACKEND}" backend does not start.`);
  }
  await tf.ready();
  const backend: object = tf.backend();
  if ("isUsingGpuDevice" in backend && backend.isUsingGpuDevice === false) {
    throw new BackendError(`CUDA: ${PACKAGE} finds no GPU; it needs ${NEEDS}.`);
  }
}

const NEEDS = "a GPU with CUDA 11.2, cuDNN 8.1 and Node 22 or older";

const MISSING =
  `CUDA: ${PACKAGE} is not installed; it needs ${NEEDS}: ` +
  "there run `npm i --include=optional`.";
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
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
