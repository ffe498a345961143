import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as z from "zod";
import { reportSchema } from "../../scripts/harness/bench/report.ts";
import { complaints, runScript, startScript } from "./command.ts";

let folder: string;
/** Where the benchmark leaves what it needs while it runs. */
let temporary: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-bench-test-"));
  temporary = await mkdtemp(join(tmpdir(), "pddm-bench-tmp-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(temporary, { recursive: true });
});

/** Also tsx and wrangler keep things there. */
const leftovers = async () =>
  (await readdir(temporary)).filter((name) => /^(pddm|miniflare)-/.test(name));

describe("npm run bench", () => {
  let report: z.infer<typeof reportSchema>;
  let told: string[];

  // Once for all parts, because each start bundles the Workers.
  beforeAll(async () => {
    const args = ["--only", "similarity,intake,search,jobs,dataset,backbones", "--quick", "--json"];
    const { code, stdout, stderr } = await runScript("bench", args, folder, { TMPDIR: temporary });
    expect(code, stderr).toBe(0);
    report = reportSchema.parse(JSON.parse(stdout));
    told = stderr.trim().split("\n");
    expect(await leftovers()).toEqual([]);
  }, 300_000);

  it("prints a report of the parts that were asked for, as JSON and nothing else", () => {
    const { machine, similarity = [], intake, search, search_load, ...rest } = report;
    const { jobs, dataset, backbones, ...others } = rest;
    expect(machine.cores).toBeGreaterThan(0);
    expect(similarity.map(({ shape }) => shape)).toEqual(["1 x 4", "1 x 100"]);
    for (const { ratio, engine_pairs_per_s, tfjs_pairs_per_s } of similarity) {
      expect(ratio).toBeCloseTo(engine_pairs_per_s / tfjs_pairs_per_s);
    }
    expect([intake, search, search_load, jobs, dataset, backbones]).not.toContain(undefined);
    expect(others).toEqual({});
    expect(told.slice(0, 2)).toEqual(["similarity: 1 x 4", "similarity: 1 x 100"]);
  });

  it("measures images of every codec beside the former way, inside workerd", () => {
    const { intake = [] } = report;
    expect(intake.map(({ image, format }) => `${image} ${format}`)).toEqual([
      "100x75 JPEG, baseline 4:2:0",
      "100x75 PNG",
      "100x75 WebP",
    ]);
    for (const { pixels, target, ms, before_ms, ratio, peak_bytes } of intake) {
      expect({ pixels, target }).toEqual({ pixels: 7500, target: 32 });
      expect(ratio).toBeCloseTo(ms / (before_ms ?? NaN));
      expect(peak_bytes === null).toBe(process.platform !== "linux");
    }
  });

  it("measures searches, which find what a loop over float32 finds", () => {
    const { search = [], search_load } = report;
    expect(search.map(({ vectors, shards, filter }) => [vectors, shards, filter])).toEqual([
      [2000, 2, "none"],
      [2000, 2, "1 %"],
    ]);
    expect(search[0].recall_at_10).toBe(1);
    expect(search_load?.writes_per_s).toBeGreaterThan(0);
  });

  it("measures claims, of which no two have the same job, and heartbeats", () => {
    const { jobs = [] } = report;
    expect(jobs.map(({ what, workers, requests }) => [what, workers, requests])).toEqual([
      ["claim", 50, 50],
      ["heartbeat", 50, 50],
    ]);
    for (const { server_ms } of jobs) {
      expect(server_ms === null).toBe(process.platform !== "linux");
    }
  });

  it("measures backbones at the edge in both arithmetics, and in training", () => {
    const [backbone, ...others] = report.backbones ?? [];
    expect(others).toEqual([]);
    expect(backbone).toMatchObject({ network: "small@16", backend: "wasm" });
    expect(backbone.training_images_per_s).toBeGreaterThan(0);
    const [int8, float32] = backbone.rows;
    expect(backbone.rows.map(({ precision }) => precision)).toEqual(["int8", "float32"]);
    expect(float32.package_bytes).toBeGreaterThan(4 * backbone.parameters);
    expect(int8.package_bytes).toBeLessThan(float32.package_bytes / 3);
    for (const { wasm_bytes, opening_bytes, answering_bytes } of backbone.rows) {
      expect(wasm_bytes).toBeGreaterThanOrEqual(2 ** 24);
      expect([opening_bytes, answering_bytes].includes(null)).toBe(process.platform !== "linux");
    }
  });

  it("ends all that it has started at Ctrl-C", async () => {
    const args = ["--only", "http,similarity", "--quick"];
    const command = startScript("bench", args, folder, { TMPDIR: temporary });
    await command.untilStderr((stderr) => stderr.includes("similarity: 1 x 4"));
    command.pressCtrlC();
    const { code, stdout } = await command.ended;
    expect(code).toBe(130);
    expect(stdout).toBe("");
    expect(command.processes()).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it("knows its parts and its flags", async () => {
    const part = await runScript("bench", ["--only", "embed,speed"], folder);
    expect(part).toMatchObject({ code: 1, stdout: "" });
    expect(complaints(part.stderr).join()).toContain(
      "Parts are embed, similarity, intake, search, cold, memory",
    );
    const flag = await runScript("bench", ["--fast"], folder);
    expect(flag).toMatchObject({ code: 1, stdout: "" });
    expect(complaints(flag.stderr)).toEqual(["error: unknown option '--fast'"]);
  });
});
