import { fileURLToPath } from "node:url";
import { ask } from "../backends/ask.ts";
import { REMEDY } from "../backends/cuda.ts";
import type { BackendName } from "../backends/names.ts";
import { DRIVER } from "../backends/webgpu/adapter.ts";
import { type Found, foundSchema } from "./found.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** Long, because CUDA may compile its kernels for a GPU that is newer than they are. */
const PATIENCE_MINUTES = 5;

const REMEDIES: Record<BackendName, string> = {
  wasm: "Use Node 20 or 22.",
  cuda: REMEDY,
  webgpu: DRIVER,
};

/**
 * Finds out which device a backend uses and how fast it is, or why it does not run here. The backend is opened in
 * its own process, because a broken native library may crash it.
 *
 * @param signal aborting it ends that process
 */
export async function examine(backend: BackendName, signal: AbortSignal): Promise<Found> {
  const { told, end } = await ask(SCRIPT, [backend], PATIENCE_MINUTES, signal);
  const found = foundSchema.safeParse(told);
  if (found.success) return found.data;
  const reason = `${backend}: the process that opens it ended with ${end}`;
  return { runs: false, reason: `${reason}. ${REMEDIES[backend]}` };
}
