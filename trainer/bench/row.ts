import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ask } from "../backends/ask.ts";
import type { BackendName } from "../backends/names.ts";
import { networkNamed } from "./networks.ts";
import { measuredSchema, type Row } from "./report.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** A step of the largest network takes minutes on few cores. */
const PATIENCE_MINUTES = 20;

const failureSchema = z.strictObject({ reason: z.string() });

/**
 * Trains a network on a backend in its own process, because a lack of memory may end it.
 *
 * @param network one of NETWORKS, or quick
 * @param signal aborting it ends that process
 */
export async function measureRow(
  backend: BackendName,
  network: string,
  signal: AbortSignal,
): Promise<Row> {
  const { batch } = networkNamed(network);
  const row = { network, backend, batch };
  const { told, end } = await ask(SCRIPT, [backend, network], PATIENCE_MINUTES, signal);
  const measured = measuredSchema.safeParse(told);
  if (measured.success) return { ...row, measured: measured.data };
  const failure = failureSchema.safeParse(told);
  // The system ends a process by SIGKILL if it runs out of memory.
  const hint = end.startsWith("SIGKILL") ? "out of memory, most likely: " : "";
  const reason = failure.data?.reason ?? `${hint}its process ended with ${end}`;
  return { ...row, measured: null, reason };
}
