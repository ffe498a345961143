import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The workerds that a process has started, by process id; none without /proc. */
export function workerds(parent = process.pid): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((id) => {
    const status = statusOf(id);
    return field(status, "PPid") === String(parent) && field(status, "Name") === "workerd";
  });
}

function statusOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/status`, "utf8");
  } catch {
    // Not a process, or one that has ended since.
    return "";
  }
}

const field = (status: string, name: string) =>
  new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];

const sum = (name: "VmRSS" | "VmHWM") =>
  workerds().reduce((bytes, id) => bytes + 1024 * Number(field(statusOf(id), name) ?? 0), 0);

/** Resident memory of the workerds that this process has started, in bytes; null without /proc. */
export function residentBytes(): number | null {
  return process.platform === "linux" ? sum("VmRSS") : null;
}

/** How much their resident memory grows during an action at most, in bytes; null without /proc. */
export async function peakGrowth(action: () => Promise<void>): Promise<number | null> {
  if (process.platform !== "linux") {
    await action();
    return null;
  }
  // Sets the peak to what is resident now; see proc(5).
  for (const id of workerds()) writeFileSync(`/proc/${id}/clear_refs`, "5");
  const before = sum("VmRSS");
  await action();
  return sum("VmHWM") - before;
}
