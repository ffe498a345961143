import { mkdtemp, readdir, readFile, rm, stat, watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeAtomically } from "../../trainer/files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

it("a secret is its owner's alone, under its temporary name too", async () => {
  const controller = new AbortController();
  const events = watch(folder, { signal: controller.signal });
  const seen = (async () => {
    for await (const { filename } of events) {
      if (filename?.endsWith(".tmp")) return modeOf(join(folder, filename)).catch(() => undefined);
    }
    return undefined;
  })();
  const secret = join(folder, "secret");
  await writeAtomically(secret, Buffer.alloc(50_000_000), 0o600);
  expect(await modeOf(secret)).toBe(0o600);
  expect(await seen).toBe(0o600);
  controller.abort();
});

it("a file is written in folders that are made for it, and leaves no other", async () => {
  const path = join(folder, "a", "b", "file");
  await writeAtomically(path, "one");
  await writeAtomically(
    path,
    ["tw", "o"].map((part) => new TextEncoder().encode(part)),
  );
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(join(folder, "a", "b"))).toEqual(["file"]);
});
