import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeAtomically } from "../../trainer/files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a file has the mode that it is created with", async () => {
  const secret = join(folder, "secret");
  await writeAtomically(secret, "secret", 0o600);
  expect((await stat(secret)).mode & 0o777).toBe(0o600);
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
