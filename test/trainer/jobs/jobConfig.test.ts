import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobConfig } from "../../../trainer/jobs/jobConfig.ts";

let folder: string;
let weights: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-weights-"));
  weights = join(folder, "weights");
  await mkdir(join(weights, "sub"), { recursive: true });
  await writeFile(join(weights, "sub", "net.json"), "{}");
  await writeFile(join(folder, "secret"), "");
  await symlink(join(folder, "secret"), join(weights, "link"));
});
afterEach(() => rm(folder, { recursive: true }));

const dataset = { name: "birds", version: "0123456789abcdef" };
const configOf = (config: Record<string, string | number>, of: string | null = weights) =>
  jobConfig({ config, model: "model", dataset }, "wasm", of);

describe("jobConfig", () => {
  it("takes names, and files of the folder of weights", async () => {
    const config = await configOf({ network: "small", init: "sub/net.json", steps: 5 }, weights);
    expect(config).toMatchObject({
      ...{ network: "small", init: join("weights", "sub", "net.json"), steps: 5 },
      ...{ data: "birds", name: "model", backend: "wasm" },
    });
  });

  it("takes weights of a repository at a commit, and no other repository", async () => {
    const init = `timm/mobilenetv2_100.ra_in1k@${"0".repeat(40)}`;
    expect(await configOf({ init }, null)).toMatchObject({ init });
    await expect(configOf({ init: "timm/other@main" }, null)).rejects.toThrow("is a file");
  });

  it.each(["../secret", "/etc/passwd", "link", ".", "sub/../../secret"])(
    "refuses %s",
    async (path) => {
      const refusal = `"${path}" is not in the worker's folder of weights`;
      await expect(configOf({ init: path })).rejects.toThrow(`--init: ${refusal}`);
      await expect(configOf({ network: path })).rejects.toThrow(`--network: ${refusal}`);
    },
  );

  it("says what is missing", async () => {
    await expect(configOf({ init: "other" })).rejects.toThrow('folder of weights has no "other"');
    await expect(configOf({ init: "other" }, null)).rejects.toThrow("start it with --weights");
    await expect(configOf({ bogus: 1 })).rejects.toThrow("the configuration of the job");
    await expect(configOf({ size: 3 })).rejects.toThrow("at size: Too small");
  });
});
