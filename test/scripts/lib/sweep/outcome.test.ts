import { describe, expect, it } from "vitest";
import { type Figures, figuresOf } from "../../../../scripts/lib/sweep/figures.ts";
import { describeOutcome } from "../../../../scripts/lib/sweep/outcome.ts";
import { settingsOf } from "../../../../scripts/lib/sweep/settings.ts";
import type { Job } from "../../../../shared/jobs/job.ts";
import { configSchema } from "../../../../trainer/runs/config.ts";
import { runResult } from "../../../trainer/paper/results.ts";

let count = 0;
const job = (config: Job["config"], fields: Partial<Job> = {}): Job => ({
  ...{ dataset: { name: "birds", version: "0123456789abcdef" }, model: "birds", config },
  ...{ promote: "never", channel: "stable", requirements: {}, group: "g" },
  ...{ id: (count++).toString(16).padStart(12, "0"), state: "done", attempts: 1, worker: "gpu-1" },
  ...{ created: "2026-01-01T00:00:00Z", updated: "2026-01-01T00:00:00Z", progress: null },
  ...{ checkpointStep: null, artifacts: [], decision: null, error: null },
  ...fields,
});

const titles = (jobs: Job[]) => settingsOf(jobs).map(({ title, jobs: of }) => [title, of.length]);

describe("settingsOf", () => {
  it("names what differs, and not the seed", () => {
    expect(
      titles([
        job({ learningRate: 1e-4, size: 32, seed: 1 }),
        job({ learningRate: 3e-4, size: 32, seed: 1 }),
        job({ learningRate: 1e-4, size: 32, seed: 2 }),
        job({ learningRate: 3e-4, size: 32, seed: 2, init: "auto" }),
      ]),
    ).toEqual([
      ["--learning-rate 0.0001", 2],
      ["--learning-rate 0.0003", 1],
      ["--learning-rate 0.0003 --init auto", 1],
    ]);
    expect(titles([job({ seed: 1 }), job({ seed: 2 })])).toEqual([["all jobs", 2]]);
  });

  it("names hyperparameters only beside others of the same method", () => {
    const of = (method: string, hyperparameters: Record<string, number>) =>
      job({ method, hyperparameters, seed: 1 });
    expect(titles([of("a", { x: 1 }), of("b", { y: 1 }), of("b", { y: 2 })])).toEqual([
      ["--method a", 1],
      ["--method b --set y=1", 1],
      ["--method b --set y=2", 1],
    ]);
  });

  it("takes jobs whose configuration says little", () => {
    expect(titles([job({ steps: 1 }), job({ steps: 2 }, { model: "dogs" })])).toEqual([
      ["--model birds --steps 1", 1],
      ["--model dogs --steps 2", 1],
    ]);
  });
});

describe("figuresOf", () => {
  const result = runResult("lifted", 1);
  const curve = [0.3, 0.9, 0.7].map((recallAt1, at) => ({
    ...{ step: at + 1, recallAt1, distance: 1, score: 1 },
  }));
  const measures = (images: number, classes: number) => ({
    ...{
      config: configSchema.parse({ data: "x", name: "x" }),
      started: "",
      versions: {},
      result: { ...result, curve },
    },
    data: {
      ...{ layout: "folders", fingerprint: "f" },
      images: { train: 9, heldOut: images, test: 9 },
      classes: { train: 3, heldOut: classes, test: 3 },
    },
  });
  const recall = result.measures.d.recall["1"];

  it("takes what the network has that is served", () => {
    const { mapAtR } = result.measures.d;
    const test = { recallAt1: recall, mapAtR };
    expect(figuresOf(job({}), measures(6, 2))).toEqual({ heldOut: 0.7, test });
    expect(figuresOf(job({ patience: 3 }), measures(6, 2))).toEqual({ heldOut: 0.9, test });
  });

  it("does not call training classes held out", () => {
    expect(figuresOf(job({}), measures(0, 0)).heldOut).toBeNull();
    expect(figuresOf(job({}), measures(3, 1)).heldOut).toBeNull();
    // One image each: no pair of one class.
    expect(figuresOf(job({}), measures(3, 3)).heldOut).toBeNull();
  });

  it("takes the last progress where nothing was measured", () => {
    const progress = { step: 1, steps: 1, loss: 1, recall: 0.4, imagesPerSecond: 1 };
    const of = job({}, { progress });
    expect(figuresOf(of, { obstacle: "no classes" })).toEqual({ heldOut: 0.4, test: null });
    expect(figuresOf(job({}), null)).toEqual({ heldOut: null, test: null });
  });
});

describe("describeOutcome", () => {
  /** Jobs of two settings with seeds, by their figures; null: not done. */
  function told(...settings: (Figures | null)[][]): string[] {
    const figures = new Map<string, Figures>();
    const jobs = settings.flatMap((of, setting) =>
      of.map((it, at) => {
        const made = job({ size: 32 + setting, seed: at + 1 });
        if (it) figures.set(made.id, it);
        return made;
      }),
    );
    const measured = ({ id }: Job) => figures.get(id) ?? null;
    const promote = ({ config }: Job) => `promote seed ${JSON.stringify(config.seed)}`;
    return describeOutcome(settingsOf(jobs), measured, promote).join("\n").split("\n");
  }
  const figures = (heldOut: number | null, recallAt1: number): Figures => ({
    ...{ heldOut, test: { recallAt1, mapAtR: recallAt1 / 2 } },
  });

  it("chooses by held-out classes, though others are better on test classes", () => {
    expect(
      told(
        [figures(0.5, 0.9), figures(0.52, 0.94)],
        [figures(0.7, 0.3), figures(0.66, 0.3), figures(0.71, 0.3)],
      ),
    ).toEqual([
      "",
      "In %, by distance D, over the seeds:",
      "  setting    seeds  held-out R@1   test R@1  test MAP@R",
      "  --size 32      2     51.0 ±1.4  92.0 ±2.8   46.0 ±1.4",
      "  --size 33      3     69.0 ±2.6  30.0 ±0.0   15.0 ±0.0",
      "",
      "Best on held-out classes: --size 33",
      "Serve its best seed, 3: promote seed 3",
    ]);
  });

  it("says where the next one is as good but for a deviation", () => {
    const close = told(
      [figures(0.5, 0.5), figures(0.6, 0.5)],
      [figures(0.51, 0.5), figures(0.53, 0.5)],
    );
    expect(close).toContain("Best on held-out classes: --size 32");
    expect(close).toContain("--size 33 is as good but for a deviation: more seeds would tell");
  });

  it("calls no setting best of which a seed is missing, or has no held-out figure", () => {
    const lines = told([figures(0.9, 0.5), null], [figures(0.5, 0.5), figures(0.6, 0.5)]);
    expect(lines).toContain("  --size 32  1 of 2          90.0       50.0        25.0");
    expect(lines).toContain("Best on held-out classes: --size 33");
    expect(told([null], [figures(null, 0.5)]).at(-1)).toBe(
      "No setting can be called best: of none are all jobs done with a figure of held-out classes.",
    );
  });
});
