import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import {
  decodeSafetensors,
  encodeSafetensors,
  type RawTensor,
} from "../../shared/package/safetensors.ts";
import { RECALL_AT } from "../../trainer/evaluate/ranking/recall.ts";
import { complaints, runScript } from "./command.ts";
import { CLASSES, writePictures } from "./tinyFolder.ts";

let folder: string;

const METHODS = ["pddm-quadruplet", "distilled-softmax"];
const SEEDS = [1, 2];

const paper = (...flags: string[]) =>
  runScript(
    "paper",
    [
      ...["--data", "shapes", "--methods", METHODS.join(","), "--seeds", SEEDS.join(",")],
      ...["--size", "24", "--dimensions", "8", "--hidden", "4", "--backend", "wasm"],
      ...["--classes-per-batch", "4", "--images-per-class", "2", "--evaluate-every", "2"],
      ...flags,
    ],
    folder,
  );

const share = z.number().min(0).max(1);
const recall = z.strictObject(Object.fromEntries(RECALL_AT.map((k) => [String(k), share])));
const outputSchema = z.object({
  rows: z.array(
    z.object({
      method: z.string(),
      seed: z.number(),
      recall_d: recall,
      recall_s: recall,
      auc_d: share,
      auc_s: share,
      ece: share,
      seconds: z.number().positive(),
    }),
  ),
});

const runs = METHODS.flatMap((method) => SEEDS.map((seed) => ({ method, seed })));
const out = (...path: string[]) => join(folder, "runs", "paper-shapes", ...path);
const checkpointTimes = () =>
  Promise.all(
    runs.map(async ({ method, seed }) => {
      const { mtimeMs } = await stat(out(`${method}-${seed}`, "checkpoint.safetensors"));
      return mtimeMs;
    }),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-paper-"));
  await writePictures(join(folder, "shapes"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes a run that is done one that is stopped at its second step, with weights that overflow. */
async function spoil(run: string): Promise<void> {
  const path = out(run, "checkpoint.safetensors");
  const tensors = await decodeSafetensors(await readFile(path));
  const spoilt = Array.from(tensors, ([name, { shape, values }]): [string, RawTensor] => [
    name,
    { shape, values: values.map((value) => (name === "step" ? 2 : value + 3e38)) },
  ]);
  await writeFile(path, encodeSafetensors(new Map(spoilt)));
  await Promise.all(
    ["measures.json", "result.safetensors", "decisions.json"].map((file) => rm(out(run, file))),
  );
}

describe("npm run paper", () => {
  it("compares methods over seeds, in rows, figures and a report; and goes on from there", async () => {
    const first = await paper("--steps", "4", "--json");
    expect(first.code, first.stderr).toBe(0);
    const { rows } = outputSchema.parse(JSON.parse(first.stdout));
    expect(rows.map(({ method, seed }) => ({ method, seed }))).toEqual(runs);
    expect(first.stderr).toContain("[4/4] ");

    const report = await readFile(out("report.html"), "utf8");
    expect(report).toContain("PDDM + quadruplet, as published");
    expect(report).toContain("data:image/jpeg;base64,");
    expect(report).toContain("npm run paper -- --data shapes");
    const results = z
      .object({
        seeds: z.array(z.number()),
        controls: z.array(z.object({ title: z.string() })),
        miningCosts: z.array(z.object({ batch: z.number() })),
        methods: z.array(z.object({ runs: z.array(z.object({ seed: z.number() })) })),
      })
      .parse(JSON.parse(await readFile(out("results.json"), "utf8")));
    expect(results.seeds).toEqual(SEEDS);
    expect(results.controls.map(({ title }) => title)).toContain("raw pixels");
    expect(results.miningCosts.map(({ batch }) => batch)).toEqual([32, 64, 128, 256]);
    expect(results.methods.map((it) => it.runs.length)).toEqual([2, 2]);

    const trained = await checkpointTimes();
    const again = await paper("--steps", "4");
    expect(complaints(again.stderr)).toEqual([]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("4 of 4 runs are done already");
    expect(again.stdout).toMatch(/PDDM \+ quadruplet, as published .* 58\.3 +57\.4\n/);
    expect(await checkpointTimes()).toEqual(trained);

    const other = await paper("--steps", "6");
    expect(complaints(other.stderr)).toEqual([
      "Error: runs/paper-shapes was begun with another configuration (steps 4, now 6); choose another --out",
    ]);
    expect(other.code).toBe(1);

    await spoil("pddm-quadruplet-2");
    const lacking = await paper("--steps", "4");
    expect(complaints(lacking.stderr).join("\n")).toMatch(
      /^Error: the report lacks runs that diverged: pddm-quadruplet-2 DIVERGED at step 3: the [a-z ]+ are no longer finite\. The checkpoint of step 2 is kept\./,
    );
    expect(lacking.code).toBe(1);
    expect(lacking.stdout).toMatch(/PDDM \+ quadruplet, as published .* 58\.3 +57\.4\n/);
    const page = await readFile(out("report.html"), "utf8");
    expect(page).toContain(", seed 2, is left out: DIVERGED at step 3: ");
  });

  it.concurrent.for([
    ["an unknown method", ["--methods", "lifted,worst"], '"worst" is none of contrastive, '],
    ["a seed that is no number", ["--seeds", "1,x"], '"x" is not a whole number'],
    [
      "no classes to test on",
      ["--data", "shapes", "--train-classes", String(CLASSES.length)],
      "To measure takes 2 unseen classes, here are 0 of 6: choose fewer --train-classes.",
    ],
  ] satisfies [string, string[], string][])("refuses %s", async ([, args, said]) => {
    const { code, stdout, stderr } = await runScript("paper", args, folder);
    expect(complaints(stderr).join("\n")).toContain(said);
    expect(stdout).not.toContain("[1/");
    expect(code).toBe(1);
  });
});
