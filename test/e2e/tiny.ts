import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { prepareEmoji } from "../../trainer/data/emoji.ts";
import { type Output, runScript } from "../scripts/command.ts";

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

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "pddm-e2e-"));
  await prepareEmoji(
    join(folder, "emoji"),
    () => undefined,
    (concepts) => concepts.filter((_, at) => at % SHARE === 0),
  );
  const size = ["--size", "24", "--steps", String(STEPS), "--classes-per-batch", "6"];
  const trained = await runScript(
    "train",
    ["--data", "emoji", "--backend", "wasm", ...size],
    folder,
  );
  await runScript("signingKey", ["release.pem"], folder);
  const target = ["--quantization", "none", "--out", "float32", "--sign", "release.pem"];
  const exported = await runScript("export", ["emoji", ...target], folder);
  project.provide("tiny", { folder, trained, exported });
  return () => rm(folder, { recursive: true });
}
