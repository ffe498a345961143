import { REMEDY } from "../backends/cuda.ts";
import type { BackendName } from "../backends/names.ts";
import { askProcess } from "../ownProcess.ts";
import { type Found, foundSchema } from "./found.ts";

const SCRIPT = new URL("process.ts", import.meta.url);

/** CUDA may compile its kernels for a GPU that is newer than they are. */
const PATIENCE_MINUTES = 5;

const REMEDIES: Record<BackendName, string> = { wasm: "Use Node 20 or 22.", cuda: REMEDY };

/**
 * What a backend is, and how fast, or why it does not run here. It is opened in a process of its own,
 * which a broken native library may take down.
 *
 * @param signal aborting it ends that process
 */
export async function examine(backend: BackendName, signal: AbortSignal): Promise<Found> {
  const patience = AbortSignal.timeout(PATIENCE_MINUTES * 60_000);
  const { told, end } = await askProcess(SCRIPT, [backend], AbortSignal.any([signal, patience]));
  const found = foundSchema.safeParse(told);
  if (found.success) return found.data;
  const how = patience.aborted ? `no answer within ${PATIENCE_MINUTES} minutes` : end;
  const reason = `${backend}: the process that opens it ends with ${how}`;
  return { runs: false, reason: `${reason}. ${REMEDIES[backend]}` };
}
