import { readdirSync, readFileSync } from "node:fs";

/** Nanoseconds that a thread has run, the first field of its schedstat; 0 if it has ended since. */
function nanosecondsOf(process: string, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${process}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  } catch {
    return 0;
  }
}

/**
 * Milliseconds of CPU time that the threads of processes have taken so far. Unlike elapsed time, it hardly depends on
 * what else the machine does. Only for Linux.
 *
 * @param ids of the processes
 */
export function cpuTime(ids: readonly string[]): number {
  const times = ids.flatMap((id) =>
    readdirSync(`/proc/${id}/task`).map((thread) => nanosecondsOf(id, thread)),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}
