import { readdirSync, readFileSync } from "node:fs";

/** Resident memory of the workerds that this process has started, in bytes; null without /proc. */
export function residentBytes(): number | null {
  if (process.platform !== "linux") return null;
  const sizes = readdirSync("/proc").flatMap((id) => {
    try {
      const status = readFileSync(`/proc/${id}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
      const ours = field("PPid") === String(process.pid) && field("Name") === "workerd";
      return ours ? [1024 * Number(field("VmRSS"))] : [];
    } catch {
      // Not a process, or one that has ended since.
      return [];
    }
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
