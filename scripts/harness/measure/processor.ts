import { readdirSync, readFileSync } from "node:fs";
import { workerds } from "./resident.ts";

/** Nanoseconds that a thread has run, the first field of proc(5)'s schedstat; 0 if it has ended since. */
function nanosecondsOf(process: string, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${process}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  } catch {
    return 0;
  }
}

/**
 * Milliseconds of processor time that the workerds that this process has started have taken so far. Other work on the
 * machine changes it less than the time that passes. Null without /proc.
 */
export function processorMs(): number | null {
  if (process.platform !== "linux") return null;
  const times = workerds().flatMap((id) =>
    readdirSync(`/proc/${id}/task`).map((thread) => nanosecondsOf(id, thread)),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}
