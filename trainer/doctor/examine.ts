import { fileURLToPath } from "node:url";
import { ask } from "../backends/ask.ts";
import { REMEDY } from "../backends/cuda.ts";
import type { BackendName } from "../backends/names.ts";
import { DRIVER } from "../backends/webgpu/adapter.ts";
import { type Found, foundSchema } from "./found.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** CUDA may compile its kernels for a GPU that is newer than they are. */
const PATIENCE_MINUTES = 5;

const REMEDIES: Record<BackendName, string> = {
  wasm: "Use Node 20 or 22.",
  cuda: REMEDY,
  webgpu: DRIVER,
};

/**
 * What a backend is, and how fast, or why it does not run here. It is opened in a process of its own,
 * which a broken native library may take down.
 *
 * @param signal aborting it ends that process
 */
export async function examine(backend: BackendName, signal: AbortSignal): Promise<Found> {
  const { told, end } = await ask(SCRIPT, [backend], PATIENCE_MINUTES, signal);
  const found = foundSchema.safeParse(told);
  if (found.success) return found.data;
  const reason = `${backend}: the process that opens it ends with ${end}`;
  return { runs: false, reason: `${reason}. ${REMEDIES[backend]}` };
}
