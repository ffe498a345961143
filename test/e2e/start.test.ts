import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { workerds } from "../../scripts/harness/measure/resident.ts";
import { type Command, complaints, runScript, startScript } from "../scripts/command.ts";
import { writePictures } from "../scripts/tinyFolder.ts";
import { readSteps } from "./metrics.ts";
import { freePort, occupyPort } from "./ports.ts";

const tiny = inject("tiny").folder;

/** Where the commands run, with a model that is trained already. */
let folder: string;
/** One without: here a command would draw and train. */
let empty: string;
let started: Command | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-start-"));
  empty = await mkdtemp(join(tmpdir(), "pddm-start-"));
  const model = join("runs", "emoji", "package");
  await cp(join(tiny, model), join(folder, model), { recursive: true });
});
afterEach(() => started?.kill());
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(empty, { recursive: true });
});

/** Starts and waits until both Workers answer. */
async function start(...flags: string[]): Promise<{ command: Command; ports: number[] }> {
  const ports = [await freePort(), await freePort()];
  const [port, registryPort] = ports.map(String);
  const args = ["--port", port, "--registry-port", registryPort, ...flags];
  const command = startScript("start", args, folder);
  started = command;
  await command.until((stdout) => stdout.includes("Ctrl-C stops both."));
  return { command, ports };
}

/** Fails unless the command ends in time and leaves nothing behind. */
async function expectEnd(command: Command, ports: number[]): Promise<void> {
  const asked = performance.now();
  const { code, stderr } = await command.ended;
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect(complaints(stderr)).toEqual([]);
  expect(code).toBe(130);
  expect(command.processes()).toEqual([]);
  for (const port of ports) {
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
  }
}

describe("npm start with a trained model", () => {
  it("serves it without training, and Ctrl-C ends every process", async () => {
    const { command, ports } = await start();
    const ready = await fetch(`http://127.0.0.1:${ports[0]}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: "ready", model: "emoji" });
    expect(command.processes().join("\n")).toContain("workerd");
    command.pressCtrlC();
    await expectEnd(command, ports);
    const { stdout } = await command.ended;
    expect(stdout).toContain(`The API listens on       http://127.0.0.1:${ports[0]} (no keys, `);
    expect(stdout).toContain(`in a browser: http://127.0.0.1:${ports[0]}/ `);
    expect(stdout).toContain(`The registry listens on  http://127.0.0.1:${ports[1]} `);
    expect(stdout).not.toContain("Training");
    expect((await readdir(join(folder, ".cache"))).sort()).toEqual(["r2", "registry-token"]);
  });

  it("starts again on the same bucket, and SIGTERM ends it, too", async () => {
    const { command, ports } = await start();
    const ready = await fetch(`http://127.0.0.1:${ports[0]}/readyz`);
    expect(ready.status).toBe(200);
    command.terminate();
    await expectEnd(command, ports);
  });
});

describe("the worker of npm start", () => {
  it("does a job, and is calm about it", async () => {
    const { command, ports } = await start();
    await writePictures(join(folder, "pictures"));
    const at = ["--registry", `http://127.0.0.1:${ports[1]}`];
    const push = ["push", "pictures", "--name", "pictures", ...at];
    expect((await runScript("dataset", push, folder)).code).toBe(0);
    const flags = ["--size", "16", "--steps", "5", "--classes-per-batch", "2"];
    const submit = ["submit", "--dataset", "pictures", "--model", "pictures", ...flags, ...at];
    const { stdout } = await runScript("jobs", submit, folder);
    const [, id = ""] = /^Submitted job ([0-9a-f]{12}):/.exec(stdout) ?? [];
    expect((await runScript("jobs", ["follow", id, ...at], folder)).code).toBe(0);
    await command.until((printed) => printed.includes(`Job ${id} is done`));
    command.pressCtrlC();
    await expectEnd(command, ports);
    const lines = (await command.ended).stdout.split("\n").filter((line) => line.includes(id));
    expect(lines).toEqual([
      expect.stringMatching(`^Job ${id} begins: pictures from pictures@`),
      expect.stringMatching(`^Job ${id} is done: "stable" served no version before`),
    ]);
  });

  it("is not there with --no-worker", async () => {
    const { command, ports } = await start("--no-worker");
    expect(command.processes().join("\n")).not.toContain("worker.ts");
    command.pressCtrlC();
    await expectEnd(command, ports);
    expect((await command.ended).stdout).not.toContain("A worker waits");
  });
});

describe.runIf(process.platform === "linux")("npm start whose workerd ends", () => {
  it("says so, and ends the other one, too", async () => {
    const { command } = await start();
    const [first] = workerds(command.pid);
    process.kill(Number(first), "SIGKILL");
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: the workerd of the (API|registry) has ended unexpectedly/m);
    expect(command.processes()).toEqual([]);
  });
});

describe("npm start without a model", () => {
  it("saves the run at Ctrl-C while it trains", async () => {
    await cp(join(tiny, "emoji"), join(empty, ".cache", "emoji"), { recursive: true });
    const run = join(empty, "runs", "emoji");
    const ports = ["--port", String(await freePort()), "--registry-port", String(await freePort())];
    started = startScript("start", ports, empty);
    await started.until(() => readSteps(run).length > 0);
    started.pressCtrlC();
    const { code, stdout } = await started.ended;
    expect(stdout).toMatch(/^Stopped after step \d+, which is saved/m);
    expect(code).toBe(130);
    expect(await readdir(run)).toContain("checkpoint.safetensors");
  });

  it.each(["--port", "--registry-port"])("says that the port of %s is taken", async (flag) => {
    const { port, server } = await occupyPort();
    const other = flag === "--port" ? "--registry-port" : "--port";
    const args = [flag, String(port), other, String(await freePort())];
    const { code, stdout, stderr } = await runScript("start", args, empty);
    server.close();
    expect(complaints(stderr)).toEqual([
      `Error: port ${port} is taken; choose another with ${flag} <port>`,
    ]);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it.each([
    ["a word for a port", ["--port", "abc"], "A port is a number from 1 to 65535."],
    ["an unknown flag", ["--prot", "9000"], "unknown option '--prot'"],
  ])("refuses %s", async (_, args, sentence) => {
    const { code, stderr } = await runScript("start", args, empty);
    expect(complaints(stderr)[0]).toContain(sentence);
    expect(code).toBe(1);
  });

  it("shows examples with --help", async () => {
    const { code, stdout } = await runScript("start", ["--help"], empty);
    expect(stdout).toContain("$ npm start -- --port 9000 --registry-port 9001");
    expect(code).toBe(0);
  });
});
