import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packRun, unpackRun } from "../../../trainer/jobs/snapshot.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-snapshot-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (path: string) => join(folder, path);

describe("packRun and unpackRun", () => {
  it("carry what a run needs to go on, and nothing else", async () => {
    const weights = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * i) % 251));
    await writeFile(at("checkpoint.safetensors"), weights);
    await writeFile(at("config.json"), "{}");
    await writeFile(at("metrics.jsonl"), '{"step":1}\n');
    await writeFile(at("result.safetensors"), "not this");
    await packRun(folder, at("run.tar"));
    await unpackRun(await readFile(at("run.tar")), at("again"));
    expect((await readdir(at("again"))).sort()).toEqual([
      "checkpoint.safetensors",
      "config.json",
      "metrics.jsonl",
    ]);
    expect(await readFile(join(at("again"), "checkpoint.safetensors"))).toEqual(weights);
  });

  it("refuse an archive that is not whole", async () => {
    await writeFile(at("checkpoint.safetensors"), Buffer.alloc(5000, 7));
    await packRun(folder, at("run.tar"));
    const archive = await readFile(at("run.tar"));
    const damaged = "the checkpoint of the job is damaged: ";
    await expect(unpackRun(archive, at("less"))).rejects.toThrow(`${damaged}it has no config.json`);
    await expect(unpackRun(archive.subarray(0, 3000), at("half"))).rejects.toThrow(damaged);
    await expect(unpackRun(Buffer.alloc(5000, 7), at("none"))).rejects.toThrow(damaged);
  });
});
