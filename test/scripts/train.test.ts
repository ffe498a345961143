import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { complaints, runScript } from "./command.ts";
import { CLASSES, writePictures } from "./tinyFolder.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-train-"));
  await writePictures(join(folder, "shapes"), [...CLASSES, "goats", "hens"]);
});
afterAll(() => rm(folder, { recursive: true }));

it("stops with a sentence and without a package where training diverges", async () => {
  const size = ["--size", "24", "--dimensions", "8", "--classes-per-batch", "4", "--steps", "9"];
  const flags = ["--data", "shapes", "--backend", "wasm", "--learning-rate", "1e38", ...size];
  const { code, stdout, stderr } = await runScript("train", flags, folder);
  expect(complaints(stderr)).toEqual([
    "Error: DIVERGED at step 1: the weights are no longer finite. No checkpoint was saved. " +
      "Start a new run (--name) with a smaller --learning-rate (now 1e+38), or another --method.",
  ]);
  expect(stdout).not.toContain("Package");
  expect(await readdir(join(folder, "runs", "shapes"))).toEqual(["config.json", "metrics.jsonl"]);
  expect(code).toBe(1);
});
