import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeLock, takeWork } from "../../../../trainer/data/remote/locks.ts";
import { Command, ROOT, TSX } from "../../../scripts/command.ts";

const never = new AbortController().signal;

let folder: string;
let lock: string;
let base: string;
let child: Command | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "locks-"));
  lock = join(folder, "lock");
  base = join(folder, "work", "farm");
});
afterEach(async () => {
  child?.kill();
  await rm(folder, { recursive: true });
});

/** Another process that has the lock, works in a folder, and goes on when it is told to end. */
async function otherHolder(): Promise<Command> {
  const source = `
    import { once } from "node:events";
    import { mkdir, writeFile } from "node:fs/promises";
    import { takeLock, takeWork } from "./trainer/data/remote/locks.ts";
    const lock = await takeLock(${JSON.stringify(lock)}, new AbortController().signal);
    const work = await takeWork(${JSON.stringify(base)});
    await mkdir(work);
    await writeFile(work + "/begun", "");
    const ticking = setInterval(() => undefined, 100);
    console.log("held");
    await once(process, "SIGTERM");
    clearInterval(ticking);
    await lock.demand().catch((error) => console.log(error.message));
    await writeFile(work + "/spoilt", "").catch((error) => console.log(error.code));
    await lock.release();
  `;
  child = new Command(["--import", TSX, "--input-type=module", "--eval", source], ROOT);
  await child.until((stdout) => stdout.includes("held"));
  return child;
}

describe("a lock", () => {
  it("of a frozen process is taken, and the process can spoil nothing when it wakes", async () => {
    const other = await otherHolder();
    other.freeze();
    const lease = { renewMs: 50, staleMs: 1000 };
    const held = await takeLock(lock, never, lease);
    const work = await takeWork(base);
    expect(await readdir(work)).toEqual(["begun"]);
    const content = await readFile(lock, "utf8");
    other.terminate();
    other.goOn();
    const { stdout } = await other.ended;
    expect(stdout).toContain(`another process has taken ${lock}`);
    expect(stdout).toContain("ENOENT");
    expect(await readdir(work)).toEqual(["begun"]);
    expect(await readFile(lock, "utf8")).toBe(content);
    await held.demand();
    await held.release();
    expect(await readdir(folder)).toEqual(["work"]);
  });

  it("of a process that lives is renewed, and others wait", async () => {
    const lease = { renewMs: 20, staleMs: 400 };
    const first = await takeLock(lock, never, lease);
    const { mtimeMs } = await stat(lock);
    let isTaken = false;
    const second = takeLock(lock, never, lease).then((held) => {
      isTaken = true;
      return held;
    });
    await vi.waitUntil(async () => (await stat(lock)).mtimeMs > mtimeMs + 1500, {
      timeout: 20_000,
    });
    expect(isTaken).toBe(false);
    await first.release();
    await (await second).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is waited for no longer than one wants", async () => {
    const held = await takeLock(lock, never);
    const waiting = takeLock(lock, AbortSignal.timeout(300));
    await expect(waiting).rejects.toThrow(/aborted/);
    await held.release();
    expect(await readdir(folder)).toEqual([]);
  });
});
