import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { writeAtomically } from "../../files.ts";

const POLL_MS = 200;

/**
 * When a process began, as far as the system says. It tells a process from a later one of the same number: a container
 * that starts again gives its processes the same numbers as before.
 */
async function birthOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name of the command, in parentheses, may hold blanks. The time is the 20th field after it.
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** What a lock or mark of this process holds. */
const owner = async () => `${process.pid} ${await birthOf(process.pid)}`;

/** Whether the process runs that has left a lock or mark. */
async function isAlive(text: string): Promise<boolean> {
  const [pid = "", birth] = text.split(" ");
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // A process of another user may not be signalled.
    if (!hasCode(error, "EPERM")) return false;
  }
  return (await birthOf(Number(pid))) === birth;
}

const hasCode = (error: unknown, code: string) =>
  error instanceof Error && "code" in error && error.code === code;

/** A path that no other call has, nor any that was killed. */
const unique = (base: string) => `${base}.${randomBytes(8).toString("hex")}`;

/** Ends a lock, or a use. */
export type Release = () => Promise<void>;

/**
 * Waits until no other process of this machine has a lock, and takes it. The lock is a file that names
 * its process, so that one whose process has died does not last.
 */
export async function takeLock(path: string, signal: AbortSignal): Promise<Release> {
  const own = unique(path);
  await writeFile(own, await owner());
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
      if (holder !== null && !(await isAlive(holder))) await removeStale(path, holder);
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
  const path = unique(join(folder, name));
  await writeAtomically(path, await owner());
  return () => rm(path, { force: true });
}

/** The names that processes use. Removes the marks of dead ones. */
export async function namesInUse(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (const file of await readdir(folder).catch(() => [])) {
    const [, name] = /^(.+)\.[0-9a-f]{16}$/.exec(file) ?? [];
    if (name === undefined) continue;
    const text = await readFile(join(folder, file), "utf8").catch(() => null);
    if (text !== null && (await isAlive(text))) names.add(name);
    else await rm(join(folder, file), { force: true });
  }
  return names;
}
