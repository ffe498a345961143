import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Command, ROOT, runScript, TSX } from "../scripts/command.ts";
import { writePictures } from "../scripts/tinyFolder.ts";
import { TOKEN, useServers, WORKER_TOKEN } from "./servers.ts";

/** Packing takes seconds, where the machine is busy many. */
const PATIENCE_MS = 120_000;

const servers = useServers();

/** A folder outside of the repository; the archive is unpacked in it. */
let folder: string;
let pddm: string;

/** Of a bare machine that has Node. */
const environment = () => ({ PATH: `${join(folder, "node")}:/usr/bin:/bin` });
const options = () => ({ cwd: folder, env: environment() });
const run = (...args: string[]) => promisify(execFile)(pddm, args, options());

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pack-"));
  const archive = join(folder, "trainer.tar.gz");
  const script = join(ROOT, "scripts/packTrainer.ts");
  const packed = await new Command(["--import", TSX, script, "--out", archive], ROOT).ended;
  expect(packed.stderr).toBe("");
  expect(packed.stdout).toMatch(/^\S+trainer\.tar\.gz: \d+\.\d MB\n$/);
  await promisify(execFile)("tar", ["-xzf", archive, "-C", folder]);
  pddm = join(folder, "pddm-trainer/pddm");
  await mkdir(join(folder, "node"));
  await symlink(process.execPath, join(folder, "node/node"));
  await writePictures(join(folder, "pictures"));
}, PATIENCE_MS);
afterAll(() => rm(folder, { recursive: true }));

it("trains where only the archive is, stops at Ctrl-C, and goes on", async () => {
  // So many steps that threads make their views.
  const flags = ["--data", "pictures", "--size", "16", "--steps", "30000", "--backend", "wasm"];
  const child = spawn(pddm, ["train", ...flags], options());
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += String(text)));
  const metrics = join(folder, "runs/pictures/metrics.jsonl");
  while (!existsSync(metrics) && child.exitCode === null) await setTimeout(20);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([130, null]);
  expect(said).toMatch(/Stopped after step \d+.* Go on with: pddm train --resume pictures\n$/);

  const { stdout } = await run(
    ...["train", "--data", "pictures", "--name", "short", "--size", "16"],
    ...["--steps", "3", "--backend", "wasm"],
  );
  expect(stdout).toContain("Publish it: pddm publish runs/short/package --registry <url>\n");
  const exported = join(folder, "runs/short/package");
  expect((await readdir(exported)).sort()).toEqual(["manifest.json", "weights.safetensors"]);
});

it("does a job where only the archive is, with a key of the scope work", async () => {
  const registry = ["--registry", servers().registryUrl];
  const env = { REGISTRY_TOKEN: TOKEN };
  const pushed = ["push", "pictures", "--name", "pictures", ...registry];
  expect(await runScript("dataset", pushed, folder, env)).toMatchObject({ code: 0 });
  const job = ["--dataset", "pictures", "--model", "packed", "--size", "16", "--steps", "3"];
  const submitted = await runScript("jobs", ["submit", ...job, ...registry], folder, env);
  expect(submitted, submitted.stderr).toMatchObject({ code: 0 });

  const flags = ["--once", "--backend", "wasm", "--cache", "cache", ...registry];
  const { stdout } = await promisify(execFile)(pddm, ["worker", ...flags], {
    ...options(),
    env: { ...environment(), REGISTRY_TOKEN: WORKER_TOKEN },
  });
  expect(stdout).toMatch(/Job \w+ is done: "stable" served no version before; \w+: Recall@1 /);
});

it("says what runs there", async () => {
  const { stdout } = await run("doctor");
  expect(stdout).toMatch(/wasm +yes/);
  expect(stdout).not.toContain("npm run");
});

it("names its verbs, and refuses others", async () => {
  expect((await run()).stdout).toMatch(/^pddm <train \| evaluate \|/);
  const help = await run("signing-key", "--help");
  expect(help.stdout).toMatch(/^Usage: pddm signing-key \[options\] <file>\n/);
  await expect(run("fly")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Error: there is no verb "fly": pddm <train/) as string,
  });
});

it("says so where Node is too old, or missing", async () => {
  const bin = join(folder, "old");
  await mkdir(bin);
  for (const tool of ["dirname", "readlink"]) await symlink(`/usr/bin/${tool}`, join(bin, tool));
  const start = () => promisify(execFile)(pddm, ["doctor"], { env: { PATH: bin } });
  await expect(start()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^Error: Node is missing: install Node 20\.20 or newer/,
    ) as string,
  });
  for (const version of ["20.19.5", "18.20.8"]) {
    await writeFile(join(bin, "node"), `#!/bin/sh\necho ${version}\n`);
    await chmod(join(bin, "node"), 0o755);
    await expect(start()).rejects.toMatchObject({
      code: 1,
      stderr: `Error: ${join(bin, "node")} is Node ${version}; install 20.20 or newer, or pack the trainer with --with-node\n`,
    });
  }
});

it("tells of verbs that it has, holds the backends that are bundled, and the licences of what it bundles", async () => {
  const lib = join(folder, "pddm-trainer/lib");
  const verbs = /<(.*?)>/.exec((await run()).stdout)?.[1].split(" | ") ?? [];
  const backends: string[] = [];
  for (const file of await readdir(lib)) {
    if (!file.endsWith(".mjs")) continue;
    const code = await readFile(join(lib, file), "utf8");
    expect(code, file).not.toContain("npm run");
    for (const [, name] of code.matchAll(/registerBackend\("(\w+)"/g)) backends.push(name);
    for (const [, verb] of code.matchAll(/[`"\s(]pddm ([a-z-]+)/g)) expect(verbs).toContain(verb);
  }
  // "cpu" is what the others are compared with.
  expect(backends).toEqual(expect.arrayContaining(["cpu", "wasm"]));
  const licences = await readdir(join(folder, "pddm-trainer/licences"));
  expect(licences).toEqual(expect.arrayContaining(["commander", "echarts", "zod"]));
});
