import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { Model } from "../../shared/model.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { type Dataset, loadFolder } from "../../trainer/data/folder.ts";
import { readPackage } from "../../trainer/export/package.ts";
import { gatherPixels } from "../../trainer/data/inputs/pixels.ts";
import { rankAll } from "../oracles/clusters.ts";
import { toRows } from "../oracles/numbers.ts";
import { complaints, runScript } from "./command.ts";
import { CLASSES, IMAGES_PER_CLASS, writePictures, writeTinyPackage } from "./tinyFolder.ts";

let folder: string;
let data: Dataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-evaluate-"));
  await writePictures(join(folder, "pictures"));
  await writePictures(join(folder, "one"), ["ants"]);
  data = await loadFolder(join(folder, "pictures"), { width: 8, height: 8 }, () => undefined);
  await writeTinyPackage(join(folder, "stranger"));
  const { fingerprint } = data;
  await writeTinyPackage(join(folder, "known"), { fingerprint, testClasses: 4 });
});

afterAll(() => rm(folder, { recursive: true }));

const recall = z.record(z.string(), z.number());
const figure = z.number().min(0).max(1);
const rowSchema = z.strictObject({
  method: z.string(),
  seed: z.number(),
  queries: z.number(),
  recall_d: recall,
  recall_s: recall,
  recall_s50: recall,
  map_at_r_d: figure,
  map_at_r_s: figure,
  nmi: figure,
  auc_d: figure,
  auc_s: figure,
  overlap_d: figure,
  overlap_s: figure,
  ece: figure,
  seconds: z.number(),
});
const outputSchema = z.strictObject({ rows: z.tuple([rowSchema]) });
/** The same if S has the local form. */
const localOutputSchema = z.strictObject({
  rows: z.tuple([
    rowSchema.extend({
      recall_gallery: recall,
      map_at_r_gallery: figure,
      auc_gallery: figure,
      overlap_gallery: figure,
      ece_gallery: figure,
    }),
  ]),
});

const evaluate = (...args: string[]) => runScript("evaluate", args, folder);
const withPictures = ["--data", "pictures"];

/** Recall@1 of some items by D and by S, by ranking everything. */
async function naiveRecall(packageFolder: string, items: number[]) {
  await openBackend("wasm", () => undefined);
  const model = await Model.open(await readPackage(join(folder, packageFolder)));
  const embeddings = model.embed(gatherPixels(data, items));
  const rows = toRows(embeddings, 4);
  const share = (similarity: (i: number, j: number) => number) =>
    rankAll(items.length, similarity).filter(
      ([first], query) => data.labels[items[first]] === data.labels[items[query]],
    ).length / items.length;
  const s = (i: number, j: number) =>
    model.scorePairs(embeddings, Int32Array.of(i), Int32Array.of(j))[0];
  const scores = items.map((_, i) => items.map((__, j) => s(i, j)));
  model.dispose();
  return {
    d: share((i, j) => -Math.hypot(...rows[i].map((value, k) => value - rows[j][k]))),
    s: share((i, j) => scores[i][j]),
  };
}

describe("npm run evaluate", () => {
  it("prints one JSON object of a package on images that it was not trained on", async () => {
    const args = ["--package", "stranger", ...withPictures, "--seed", "3", "--json"];
    const { code, stdout, stderr } = await evaluate(...args);
    expect(code).toBe(0);
    const [row] = outputSchema.parse(JSON.parse(stdout)).rows;
    expect(row).toMatchObject({ method: "none", seed: 1 });
    expect(complaints(stderr)).toEqual([
      expect.stringContaining("was not trained on these images, so every class counts as unseen"),
      `Measuring ${CLASSES.length * IMAGES_PER_CLASS} images of ${CLASSES.length} unseen classes`,
    ]);
    const expected = await naiveRecall("stranger", Array.from(data.labels.keys()));
    expect(row.recall_d[1]).toBeCloseTo(expected.d, 12);
    expect(row.recall_s[1]).toBeCloseTo(expected.s, 12);
    // Fewer others than 50: S reorders all of them.
    expect(row.recall_s50).toEqual(row.recall_s);
    expect(Object.keys(row.recall_d)).toEqual(["1", "2", "4", "8", "16", "32"]);
  });

  it("takes the split of a package that knows the images, and says what it found", async () => {
    const { code, stdout } = await evaluate("--package", "known", ...withPictures);
    expect(code).toBe(0);
    expect(stdout).toContain("Measuring 16 images of 4 unseen classes");
    const { d } = await naiveRecall("known", data.paths.map((_, item) => item).slice(8));
    expect(stdout).toMatch(new RegExp(`by distance D +${(100 * d).toFixed(1)} `));
    for (const title of ["MAP@R", "AUC", "overlap", "NMI", "calibration error"]) {
      expect(stdout).toContain(title);
    }
    expect(stdout).toMatch(/transfer +class means [\d.]+ %, 5 neighbours [\d.]+ %/);
    expect(stdout).toMatch(/zero-shot +@1 [\d.]+ %.*@5 [\d.]+ %/);
  });

  it("leaves out of the test what training has byte for byte, and says so", async () => {
    const leaky = join(folder, "leaky");
    await writePictures(leaky);
    await cp(join(leaky, "ants", "1.png"), join(leaky, "frogs", "copy.png"));
    const { fingerprint } = await loadFolder(leaky, { width: 8, height: 8 }, () => undefined);
    await writeTinyPackage(join(folder, "leaky-package"), { fingerprint, testClasses: 4 });
    const { stdout } = await evaluate("--package", "leaky-package", "--data", "leaky");
    expect(stdout).toContain(
      "Left 1 image out of the test that training has byte for byte: frogs/copy.png = ants/1.png",
    );
    expect(stdout).toContain("Measuring 16 images of 4 unseen classes");
  });

  it("takes --train-classes, and without seen classes has no transfer", async () => {
    const [three, none] = await Promise.all(
      ["3", "0"].map((count) =>
        evaluate("--package", "known", ...withPictures, "--train-classes", count),
      ),
    );
    expect(three.stdout).toContain("Measuring 12 images of 3 unseen classes");
    expect(three.stdout).toContain("transfer");
    expect(none.stdout).toContain("Measuring 24 images of 6 unseen classes");
    expect(none.stdout).not.toMatch(/transfer|zero-shot/);
  });

  it("measures a run by its own split and calibration", async () => {
    const small = ["--size", "16", "--dimensions", "4", "--classes-per-batch", "2", "--steps", "2"];
    const flags = ["--name", "tiny", "--seed", "5", "--train-classes", "4", "--backend", "wasm"];
    flags.push("--center-crop", "0.7");
    const trained = await runScript("train", [...withPictures, ...flags, ...small], folder);
    expect(trained.code).toBe(0);
    const { code, stdout, stderr } = await evaluate("--run", "tiny", ...withPictures, "--json");
    expect(code).toBe(0);
    expect(stderr).toContain("Measuring 8 images of 2 unseen classes");
    const [row] = localOutputSchema.parse(JSON.parse(stdout)).rows;
    expect(row).toMatchObject({ method: "distilled-softmax", seed: 5 });
    // What training printed of the same weights.
    const [, printed] = /by distance D +([\d.]+)/.exec(trained.stdout) ?? [];
    expect((100 * row.recall_d[1]).toFixed(1)).toBe(printed);

    // The middle 16 of 22: 16 / 0.7, and an even number more.
    const { manifest } = await readPackage(join(folder, "runs", "tiny", "package"));
    expect(manifest.input).toMatchObject({ width: 16, height: 16, margin: 3 });
    const package_ = ["--package", "runs/tiny/package"];
    const packed = await evaluate(...package_, ...withPictures, "--json");
    const [exported] = localOutputSchema.parse(JSON.parse(packed.stdout)).rows;
    expect(exported.recall_d[1]).toBe(manifest.training.metrics.exported["1"]);

    const elsewhere = await evaluate("--run", "tiny", "--data", "one");
    expect(complaints(elsewhere.stderr)).toEqual([
      expect.stringContaining("measure its package: --package runs/tiny/package"),
    ]);
  });
});

describe("npm run evaluate with a mistake", () => {
  it.concurrent.for([
    ["an unknown flag", ["--bogus"], "unknown option '--bogus'"],
    ["neither run nor package", withPictures, "one of --run and --package"],
    [
      "both",
      ["--run", "tiny", "--package", "known", ...withPictures],
      "one of --run and --package",
    ],
    ["no data", ["--package", "known"], "--data is missing"],
    ["a folder that is not there", ["--package", "known", "--data", "gone"], "no folder gone"],
    [
      "a run and --train-classes",
      ["--run", "gone", ...withPictures, "--train-classes", "2"],
      "--train-classes is only for a package",
    ],
    [
      "a single class",
      ["--package", "known", "--data", "one"],
      "To measure takes 2 unseen classes, here are 1",
    ],
  ] satisfies [string, string[], string][])(
    "says in one sentence what is wrong with %s",
    async ([, args, sentence]) => {
      const { code, stdout, stderr } = await evaluate(...args, "--json");
      const last = complaints(stderr).slice(-1);
      expect(last).toEqual([expect.stringContaining(sentence)]);
      expect(stdout).toBe("");
      expect(code).toBe(1);
    },
  );
});
