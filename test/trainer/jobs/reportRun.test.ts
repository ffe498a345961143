import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { reportRun } from "../../../trainer/jobs/reportRun.ts";
import { jobMeasuresSchema } from "../../../trainer/paper/measuredRun.ts";
import { configSchema } from "../../../trainer/runs/config.ts";
import { produce, type Trained } from "../../../trainer/runs/produce.ts";
import { Run } from "../../../trainer/runs/run.ts";
import { writePictures } from "../../scripts/tinyFolder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

const measures = async () =>
  jobMeasuresSchema.parse(JSON.parse(await readFile(join(folder, "measures.json"), "utf8")));

it("writes figures and a page, or why there are none", async () => {
  const data = join(folder, "birds");
  await writePictures(data);
  const config = configSchema.parse({ data, name: "birds", size: 16, steps: 2, backend: "wasm" });
  const run = new Run(join(folder, "run"));
  const page = join(folder, "report.html");
  const said: string[] = [];
  const report = (trained: Trained) =>
    reportRun(run, trained, folder, (line) => {
      said.push(line);
    });
  const started = "2026-01-02T03:04:05.000Z";
  const onPackage = async (trained: Trained) => {
    expect(run.hasPackage).toBe(true);
    await report(trained);
    expect(await measures()).toMatchObject({
      ...{ config, started },
      data: { layout: "one folder per class", images: { train: 12, heldOut: 0, test: 12 } },
      result: { measures: { images: 12 }, curve: [{ step: 2 }] },
    });
    expect(await readFile(page, "utf8")).toContain("“birds” from birds");
    await rm(page);

    await rm(join(run.folder, "decisions.json"));
    await report(trained);
    const reason = `The report could not be made: ${join(run.folder, "decisions.json")} is missing`;
    expect(said.at(-1)).toContain(reason);
    expect(await measures()).toMatchObject({ obstacle: expect.stringContaining(reason) as string });

    await report({ ...trained, obstacle: "There is nothing to measure." });
    expect(await measures()).toEqual({ obstacle: "There is nothing to measure." });
    expect(existsSync(page)).toBe(false);
  };
  const { signal } = new AbortController();
  const watcher = { events: {}, started, onPackage };
  expect(await produce(run, config, () => undefined, signal, watcher)).toBe(true);
  expect(said).not.toEqual([]);
});
