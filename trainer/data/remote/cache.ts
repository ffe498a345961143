import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../../shared/json.ts";
import { UserError } from "../../error.ts";
import {
  listWork,
  type Lock,
  markUse,
  namesInUse,
  type Release,
  takeLock,
  takeWork,
} from "./locks.ts";

const sizeSchema = z.object({ bytes: z.int() });

/** The lock of who decides what is removed. */
const ROOM = "room";

interface Kept {
  name: string;
  bytes: number;
  usedMs: number;
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * A folder of data sets on this machine. It holds
 *
 * - `sets/<name>@<version>/`: whole data sets,
 * - `work/<name>@<version>.<digits>/`: those that are being downloaded,
 * - `sizes/<name>@<version>`: their lengths, and when they were used last,
 * - `uses/` and `locks/`: which processes use them.
 */
export class DatasetCache {
  constructor(
    private readonly folder: string,
    private readonly limitBytes: number,
  ) {}

  /** Where a whole data set lies. */
  path(name: string): string {
    return join(this.folder, "sets", name);
  }

  /** Where it is downloaded, by the holder of its lock. Holds what an earlier one has left. */
  takeWork(name: string): Promise<string> {
    return takeWork(this.work(name));
  }

  async has(name: string): Promise<boolean> {
    return (await stat(this.path(name)).catch(() => null)) !== null;
  }

  /** Marks a data set as used, now and until it is released, so that it is not removed. */
  async use(name: string, signal: AbortSignal): Promise<Release> {
    // Otherwise a process that has just listed the uses could remove it all the same.
    const lock = await this.lock(ROOM, signal);
    try {
      const release = await this.mark(name);
      const now = new Date();
      await utimes(this.size(name), now, now).catch(() => undefined);
      return release;
    } finally {
      await lock.release();
    }
  }

  /** Marks the version of a data set as in use that was used last. @returns null if no version is whole */
  async useLatest(
    dataset: string,
    signal: AbortSignal,
  ): Promise<{ id: string; release: Release } | null> {
    const lock = await this.lock(ROOM, signal);
    try {
      const all = (await this.list()).sort((a, b) => b.usedMs - a.usedMs);
      for (const { name } of all) {
        if (!name.startsWith(`${dataset}@`) || !(await this.has(name))) continue;
        return { id: name, release: await this.mark(name) };
      }
      return null;
    } finally {
      await lock.release();
    }
  }

  /** Waits until no other process downloads a data set. */
  async lock(name: string, signal: AbortSignal): Promise<Lock> {
    await mkdir(join(this.folder, "locks"), { recursive: true });
    return takeLock(join(this.folder, "locks", name), signal);
  }

  /**
   * Makes room for a data set, which is in use already: removes those that were used least recently, and never one in
   * use.
   *
   * @throws UserError if there is not enough room even so
   */
  async reserve(name: string, bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes > this.limitBytes) {
      throw new UserError(
        `${name} has ${megabytes(bytes)}, and the cache ${this.folder} may have ${megabytes(this.limitBytes)}; give it a higher limit`,
      );
    }
    const lock = await this.lock(ROOM, signal);
    try {
      const inUse = await namesInUse(join(this.folder, "uses"));
      const others = (await this.list()).filter((it) => it.name !== name);
      let sum = bytes + others.reduce((total, it) => total + it.bytes, 0);
      const free = others.filter((it) => !inUse.has(it.name)).sort((a, b) => a.usedMs - b.usedMs);
      for (const it of free) {
        if (sum <= this.limitBytes) break;
        // Whoever has the lock now may have begun to use it.
        await lock.demand();
        await this.remove(it.name);
        sum -= it.bytes;
      }
      if (sum > this.limitBytes) {
        throw new UserError(
          `the cache ${this.folder} has no room for the ${megabytes(bytes)} of ${name}: ${[...inUse].filter((it) => it !== name).join(", ")} in use leave too little of its ${megabytes(this.limitBytes)}; give it a higher limit, or wait`,
        );
      }
      await mkdir(join(this.folder, "sizes"), { recursive: true });
      await writeFile(this.size(name), JSON.stringify({ bytes }));
    } finally {
      await lock.release();
    }
  }

  /** Removes a data set that is damaged, unless another process uses it. */
  async discard(name: string, signal: AbortSignal): Promise<void> {
    const lock = await this.lock(ROOM, signal);
    try {
      if (!(await namesInUse(join(this.folder, "uses"))).has(name)) await this.remove(name);
    } finally {
      await lock.release();
    }
  }

  private work(name: string): string {
    return join(this.folder, "work", name);
  }

  private mark(name: string): Promise<Release> {
    return markUse(join(this.folder, "uses"), name);
  }

  private size(name: string): string {
    return join(this.folder, "sizes", name);
  }

  private async list(): Promise<Kept[]> {
    const names = await readdir(join(this.folder, "sizes")).catch(() => []);
    const kept = names.map(async (name) => {
      const path = this.size(name);
      const text = await readFile(path, "utf8").catch(() => "");
      const { data } = sizeSchema.safeParse(parseJson(text));
      const { mtimeMs } = await stat(path);
      return { name, bytes: data?.bytes ?? 0, usedMs: mtimeMs };
    });
    return Promise.all(kept);
  }

  /** Moves a data set away first: half of one must not look whole. */
  private async remove(name: string): Promise<void> {
    await mkdir(join(this.folder, "work"), { recursive: true });
    const away = `${this.work(name)}.removed`;
    // What a process has left that was killed here.
    await rm(away, { recursive: true, force: true });
    await rename(this.path(name), away).catch(() => undefined);
    for (const path of [away, ...(await listWork(this.work(name))), this.size(name)]) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
