import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { WEIGHTS } from "./jobConfig.ts";

/** Folders of jobs are named by the process that works in them. */
const OWNER = /^(\d+)-/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Removes what processes have left that were killed. */
export async function removeAbandoned(cache: string): Promise<void> {
  const folder = join(cache, "jobs");
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = OWNER.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Makes the folder of a job. It holds links to the data set, by its name, and to the folder of weights, so that the
 * configuration, which goes into the package, names no folder of this machine.
 *
 * @param data the folder of the data set
 * @returns its absolute path
 */
export async function makeJobFolder(
  cache: string,
  { id, token }: { id: string; token: number },
  data: { name: string; folder: string },
  weights: string | null,
): Promise<string> {
  const folder = resolve(cache, "jobs", `${process.pid}-${id}-${token}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await symlink(resolve(data.folder), join(folder, data.name));
  if (weights !== null) await symlink(resolve(weights), join(folder, WEIGHTS));
  return folder;
}
