import { randomBytes } from "node:crypto";
import {
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { UserError } from "../../error.ts";
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

export interface Lock {
  release: Release;
  /** @throws UserError if another process has taken the lock, because this one did nothing for too long */
  demand: () => Promise<void>;
}

/** How often a lock is renewed, and how long one lasts that is not: its process may be frozen. */
const LEASE = { renewMs: 5_000, staleMs: 60_000 };

/**
 * Waits until no other process of this machine has a lock, and takes it. The lock is a file that names its process. One
 * whose process has died, or has not renewed it for a minute, does not last.
 */
export async function takeLock(path: string, signal: AbortSignal, lease = LEASE): Promise<Lock> {
  const content = `${await owner()} ${randomBytes(8).toString("hex")}`;
  const own = unique(path);
  try {
    await writeFile(own, content);
    const watch = new Watch(lease.staleMs);
    // Unlike a file that is opened and then written, a link has its content from the start.
    while (!(await linked(own, path))) {
      const found = await lookAt(path);
      if (found && (watch.isStale(found) || !(await isAlive(found.content)))) {
        await removeLock(path, found.content);
      } else await setTimeout(POLL_MS, undefined, { signal });
    }
  } finally {
    await rm(own, { force: true });
  }
  const isHeld = async () => (await lookAt(path))?.content === content;
  const renew = async () => {
    const now = new Date();
    if (await isHeld()) await utimes(path, now, now).catch(() => undefined);
  };
  const timer = setInterval(() => void renew(), lease.renewMs);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await removeLock(path, content);
    },
    demand: async () => {
      if (await isHeld()) return;
      throw new UserError(
        `another process has taken ${path}, because this one did nothing for a minute; try again`,
      );
    },
  };
}

/** @returns false if the path is taken */
async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** What a lock holds, and when it was renewed. */
interface Found {
  content: string;
  renewed: number;
}

async function lookAt(path: string): Promise<Found | null> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { content, renewed: mtimeMs };
  } catch {
    return null;
  }
}

/** Sees for how long a lock was not renewed, by a clock of its own: that of the files may be set. */
class Watch {
  private seen = "";
  private since = 0;

  constructor(private readonly staleMs: number) {}

  isStale({ content, renewed }: Found): boolean {
    const now = performance.now();
    const seen = `${content} ${renewed}`;
    if (seen !== this.seen) [this.seen, this.since] = [seen, now];
    return now - this.since >= this.staleMs;
  }
}

/** Removes the lock of a holder, but puts it back if another process has taken it meanwhile. */
async function removeLock(path: string, holder: string): Promise<void> {
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
 * Takes the folder of unfinished work that an earlier holder of a lock has left, or a new one. It gets a name of its own:
 * a holder that was frozen finds nothing at its paths when it wakes, and cannot spoil the work of the next.
 *
 * @param base what the names of such folders begin with
 */
export async function takeWork(base: string): Promise<string> {
  const own = unique(base);
  await mkdir(dirname(base), { recursive: true });
  const [first, ...others] = await listWork(base);
  if (first !== undefined) await rename(first, own).catch(() => undefined);
  for (const path of others) await rm(path, { recursive: true, force: true });
  return own;
}

/** The folders of unfinished work. */
export async function listWork(base: string): Promise<string[]> {
  const names = await readdir(dirname(base)).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(base)}.`) && /\.[0-9a-f]{16}$/.test(name))
    .map((name) => join(dirname(base), name));
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
