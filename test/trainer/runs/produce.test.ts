import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configSchema } from "../../../trainer/runs/config.ts";
import { produce } from "../../../trainer/runs/produce.ts";
import { newRecord } from "../../../trainer/runs/record.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { writePictures } from "../../scripts/tinyFolder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-produce-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("leaves a run alone that another process has begun under its name meanwhile", async () => {
  const data = join(folder, "data");
  await writePictures(data, ["a", "b", "c", "d"]);
  const config = configSchema.parse({ data, name: "birds", size: 16, steps: 1, backend: "wasm" });
  const run = new Run(join(folder, "birds"));
  const other = JSON.stringify(newRecord({ ...config, seed: 2 }, "of others"));
  // The images are read when this is said.
  const say = (line: string) => {
    if (!line.includes("images of 4 classes")) return;
    mkdirSync(run.folder);
    writeFileSync(join(run.folder, "config.json"), other);
  };
  const produced = produce(run, config, say, new AbortController().signal);
  await expect(produced).rejects.toThrow("holds a run already");
  expect(await readFile(join(run.folder, "config.json"), "utf8")).toBe(other);
});

it("does not go on with a run whose images another version decoded", async () => {
  const data = join(folder, "data");
  await writePictures(data, ["a", "b", "c", "d"]);
  const config = configSchema.parse({ data, name: "birds", size: 16, steps: 1, backend: "wasm" });
  const run = new Run(join(folder, "birds"));
  const ignore = () => undefined;
  await produce(run, config, ignore, new AbortController().signal);
  const record = await run.record();
  const former = { ...record, versions: { ...record.versions, images: "0" } };
  writeFileSync(join(run.folder, "config.json"), JSON.stringify(former));
  const resumed = produce(run, config, ignore, new AbortController().signal);
  await expect(resumed).rejects.toThrow("makes other pixels of images");
});
