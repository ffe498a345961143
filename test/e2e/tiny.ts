import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { prepareEmoji } from "../../trainer/data/emoji.ts";
import { Command, type Output, type Script, unbundled } from "../scripts/command.ts";

/** A tiny model, trained once for all end-to-end tests by the commands that a user types. */
interface Tiny {
  /** Where the commands ran; holds `emoji/`, `runs/emoji/`, `float32/` and `release.pem`. */
  folder: string;
  trained: Output;
  exported: Output;
}

declare module "vitest" {
  interface ProvidedContext {
    tiny: Tiny;
  }
}

export const STEPS = 30;

/** Every 40th concept: 27 classes, 120 images. */
const SHARE = 40;

/** Runs a command in the way of `npm run`, for the other tests run it bundled. */
const run = (script: Script, args: string[], cwd: string): Promise<Output> =>
  new Command([...unbundled(script), ...args], cwd).ended;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "pddm-e2e-"));
  await prepareEmoji(
    join(folder, "emoji"),
    () => undefined,
    (concepts) => concepts.filter((_, at) => at % SHARE === 0),
  );
  const size = ["--size", "24", "--steps", String(STEPS), "--classes-per-batch", "6"];
  const trained = await run("train", ["--data", "emoji", "--backend", "wasm", ...size], folder);
  await run("signingKey", ["release.pem"], folder);
  const target = ["--quantization", "none", "--out", "float32", "--sign", "release.pem"];
  const exported = await run("export", ["emoji", ...target], folder);
  project.provide("tiny", { folder, trained, exported });
  return () => rm(folder, { recursive: true });
}
