import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const POLL_MS = 200;

/** Whether a process of this machine runs. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const hasCode = (error: unknown, code: string) =>
  error instanceof Error && "code" in error && error.code === code;

let count = 0;
/** A name that no other call has. */
const unique = (base: string) => `${base}.${process.pid}.${(count += 1)}`;

/** Ends a lock, or a use. */
export type Release = () => Promise<void>;

/**
 * Waits until no other process of this machine has a lock, and takes it. The lock is a file that holds the number of
 * its process, so that one whose process has died does not last.
 */
export async function takeLock(path: string, signal: AbortSignal): Promise<Release> {
  const own = unique(path);
  await writeFile(own, String(process.pid));
  try {
    for (;;) {
      // Unlike a file that is opened and then written, a link has its content from the start.
      const isTaken = await link(own, path).then(
        () => false,
        (error: unknown) => {
          if (hasCode(error, "EEXIST")) return true;
          throw error;
        },
      );
      if (!isTaken) return () => rm(path, { force: true });
      const holder = await readFile(path, "utf8").catch(() => null);
      if (holder !== null && !isAlive(Number(holder))) await removeStale(path, holder);
      else await setTimeout(POLL_MS, undefined, { signal });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes the lock of a dead process, but puts it back if another process has taken it meanwhile. */
async function removeStale(path: string, holder: string): Promise<void> {
  const aside = unique(path);
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, "utf8")) !== holder) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Marks something as in use by this process.
 *
 * @param folder holds a file for each use
 * @param name of what is used
 */
export async function markUse(folder: string, name: string): Promise<Release> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.${process.pid}.${(count += 1)}`);
  await writeFile(path, "");
  return () => rm(path, { force: true });
}

/** The names that processes use. Removes the marks of dead ones. */
export async function namesInUse(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const file of await readdir(folder).catch(() => [])) {
    const [, name, pid] = /^(.+)\.(\d+)\.\d+$/.exec(file) ?? [];
    if (name === undefined) continue;
    if (isAlive(Number(pid))) names.add(name);
    else await rm(join(folder, file), { force: true });
  }
  return names;
}
