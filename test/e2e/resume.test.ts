import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { decodeSafetensors } from "../../shared/package/safetensors.ts";
import { type Command, complaints, runScript, startScript } from "../scripts/command.ts";
import { readSteps } from "./metrics.ts";

/** Holds a data folder that tests may change, and the runs. */
let folder: string;
let started: Command | undefined;

const STEPS = 20;
const FLAGS = ["--data", "emoji", "--size", "24", "--steps", String(STEPS), "--backend", "wasm"];

const begin = (name: string, ...flags: string[]) =>
  startScript("train", [...FLAGS, "--classes-per-batch", "6", "--name", name, ...flags], folder);
const resume = (name: string) => runScript("train", ["--resume", name], folder);
const run = (name: string) => join(folder, "runs", name);
const checkpoint = async (name: string) =>
  decodeSafetensors(await readFile(join(run(name), "checkpoint.safetensors")));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-resume-"));
  await cp(join(inject("tiny").folder, "emoji"), join(folder, "emoji"), { recursive: true });
  expect((await begin("whole").ended).code).toBe(0);
});
afterEach(() => started?.kill());
afterAll(() => rm(folder, { recursive: true }));

describe("a run", () => {
  it("is saved by Ctrl-C, and when resumed ends as the same run uninterrupted", async () => {
    started = begin("halved");
    await started.until(() => readSteps(run("halved")).length >= 3);
    started.pressCtrlC();
    const { code, stdout, stderr } = await started.ended;
    const done = readSteps(run("halved")).length;
    expect(done).toBeLessThan(STEPS);
    expect(complaints(stderr)).toEqual([]);
    expect(stdout).toContain(
      `Stopped after step ${done}, which is saved. ` +
        "Go on with: npm run train -- --resume halved\n",
    );
    expect(code).toBe(130);
    expect((await checkpoint("halved")).get("step")?.values[0]).toBe(done);

    const resumed = await resume("halved");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readSteps(run("halved"))).toEqual(readSteps(run("whole")));
    expect(await checkpoint("halved")).toEqual(await checkpoint("whole"));
    expect(await readFile(join(run("halved"), "package", "weights.safetensors"))).toEqual(
      await readFile(join(run("whole"), "package", "weights.safetensors")),
    );
  });

  it("is not begun again under its name", async () => {
    const { code, stderr } = await begin("whole").ended;
    expect(complaints(stderr)).toEqual([
      "Error: runs/whole holds a run already: continue it with npm run train -- --resume whole, or give another --name",
    ]);
    expect(code).toBe(1);
  });
});

describe("another seed", () => {
  it("gives another run from the first step on", async () => {
    expect((await begin("other", "--seed", "2", "--steps", "1").ended).code).toBe(0);
    const [[whole], [other]] = [readSteps(run("whole")), readSteps(run("other"))];
    expect(other.step).toBe(whole.step);
    expect(other.loss).not.toBe(whole.loss);
  });
});

describe("a data folder that has changed", () => {
  it("is an error for a run that is resumed", async () => {
    const [concept] = await readdir(join(folder, "emoji"));
    await rm(join(folder, "emoji", concept, "noto.png"));
    const { code, stderr } = await resume("whole");
    expect(complaints(stderr)).toEqual([
      "Error: emoji has changed since the run started; start a new one (--name)",
    ]);
    expect(code).toBe(1);
  });
});
