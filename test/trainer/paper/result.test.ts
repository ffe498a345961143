import { describe, expect, it } from "vitest";
import { type MethodName, METHOD_NAMES } from "../../../trainer/methods/methods.ts";
import {
  ablation,
  compared,
  featured,
  methodResult,
  summarise,
} from "../../../trainer/paper/result.ts";
import type { RunResult } from "../../../trainer/paper/runResult.ts";
import { toRows } from "../../../trainer/paper/rows.ts";
import { paperTable } from "../../../trainer/paper/table.ts";
import { paperResult, runResult } from "./results.ts";

const SEEDS = [1, 2, 5];

/** The mean by the definition, one run after the other. */
function meanOf(runs: RunResult[], figure: (run: RunResult) => number): number {
  let sum = 0;
  for (const run of runs) sum += figure(run);
  return sum / runs.length;
}

type Gallery = NonNullable<RunResult["measures"]["gallery"]>;

const ofGallery =
  (figure: (gallery: Gallery) => number) =>
  ({ measures }: RunResult) =>
    measures.gallery ? figure(measures.gallery) : NaN;

describe("a method's summary", () => {
  const runs = SEEDS.map((seed) => runResult("lifted", seed));
  const summary = summarise(runs);

  it("averages each figure over the seeds", () => {
    const figures: [number, (run: RunResult) => number][] = [
      [summary.recallByD["1"].mean, (run) => run.measures.d.recall["1"]],
      [summary.recallByD["32"].mean, (run) => run.measures.d.recall["32"]],
      [summary.recallByS["4"].mean, (run) => run.measures.s.recall["4"]],
      [summary.gallery?.recall["2"].mean ?? NaN, ofGallery(({ recall }) => recall["2"])],
      [summary.gallery?.mapAtR.mean ?? NaN, ofGallery(({ mapAtR }) => mapAtR)],
      [summary.gallery?.auc.mean ?? NaN, ofGallery(({ auc }) => auc)],
      [
        summary.gallery?.calibrationError.mean ?? NaN,
        ofGallery(({ reliability }) => reliability.error),
      ],
      [summary.recallReranked["2"].mean, (run) => run.measures.recallReranked["2"]],
      [summary.recallByDensity["1"].mean, (run) => run.density.recall["1"]],
      [summary.mapAtRByD.mean, (run) => run.measures.d.mapAtR],
      [summary.mapAtRByS.mean, (run) => run.measures.s.mapAtR],
      [summary.nmi.mean, (run) => run.measures.nmi],
      [summary.aucByD.mean, (run) => run.measures.d.auc],
      [summary.aucByS.mean, (run) => run.measures.s.auc],
      [summary.aucByDensity.mean, (run) => run.density.auc],
      [summary.overlapByD.mean, (run) => run.measures.d.separation.overlap],
      [summary.overlapByS.mean, (run) => run.measures.s.separation.overlap],
      [summary.calibrationError.mean, (run) => run.measures.reliability.error],
      [summary.classMeans.mean, (run) => run.transfer.classMeans],
      [summary.neighbours.mean, (run) => run.transfer.neighbours],
      [summary.zeroShot["5"].mean, (run) => run.zeroShot["5"]],
    ];
    for (const [mean, figure] of figures) expect(mean).toBeCloseTo(meanOf(runs, figure), 12);
    expect(Object.keys(summary.recallByS)).toEqual(["1", "2", "4", "8", "16", "32"]);
  });

  it("has no figures of the gallery unless all runs have them", () => {
    const [first, second] = runs;
    const without = { ...second, measures: { ...second.measures, gallery: null } };
    expect(summarise([first, without]).gallery).toBeNull();
    expect(summarise([runResult("pddm-quadruplet", 1)]).gallery).toBeNull();
  });

  it("leaves out the seconds of a run that does not know them", () => {
    expect(summarise([runs[0], { ...runs[1], seconds: null }]).seconds).toEqual({
      mean: runs[0].seconds,
      deviation: null,
    });
    expect(summarise([{ ...runs[0], seconds: null }]).seconds).toBeNull();
  });
});

describe("what is looked at more closely", () => {
  const all = paperResult(METHOD_NAMES, SEEDS).methods;
  const without = (...names: string[]) => all.filter(({ method }) => !names.includes(method));

  it("is our method beside the published one", () => {
    expect(compared(all).map(({ method }) => method)).toEqual([
      "pddm-quadruplet",
      "distilled-softmax",
    ]);
  });

  it("is the method of best Recall@1 where ours was left out", () => {
    const others = without("distilled-softmax");
    const recalls = others.map(({ summary }) => summary.recallByD["1"].mean);
    expect(featured(others)).toBe(others[recalls.indexOf(Math.max(...recalls))]);
  });

  it("names the published method once where it is the best itself", () => {
    const [it] = all.filter(({ method }) => method === "pddm-quadruplet");
    expect(compared([it])).toEqual([it]);
  });

  it("has the ablation's parts that were trained", () => {
    expect(ablation(all).map(({ title }) => title)).toEqual([
      "score layer only",
      "feature layer only",
      "both",
    ]);
    expect(ablation(without("pddm-score-only")).map(({ it: { method } }) => method)).toEqual([
      "pddm-feature-only",
      "pddm-quadruplet",
    ]);
  });
});

describe("the rows for other programs", () => {
  it("hold the figures of each run", () => {
    const rows = toRows(paperResult(["lifted", "distilled-softmax"], SEEDS));
    expect(rows.map(({ method, seed }) => [method, seed])).toEqual(
      ["lifted", "distilled-softmax"].flatMap((method) => SEEDS.map((seed) => [method, seed])),
    );
    const { measures, seconds } = runResult("distilled-softmax", 5);
    expect(rows[5]).toMatchObject({
      recall_d: measures.d.recall,
      recall_s: measures.s.recall,
      auc_d: measures.d.auc,
      auc_s: measures.s.auc,
      ece: measures.reliability.error,
      seconds,
    });
  });
});

describe("the table", () => {
  it("has every method beside the paper's figures, and every control", () => {
    const result = paperResult(["triplet-hard", "pddm-quadruplet"], SEEDS);
    const [head, ...lines] = paperTable(result).split("\n");
    expect(head).toMatch(/R@1 by D +R@1 by S .*paper: CUB +Cars$/);
    expect(lines[0]).toMatch(/^ {2}raw pixels, 6912-d +12\.3 +0\.612$/);
    const [hard, published] = result.methods.map(({ summary }) => summary.recallByD["1"]);
    const shown = (it: typeof hard) =>
      `${(100 * it.mean).toFixed(1)} ±${(100 * (it.deviation ?? 0)).toFixed(1)}`;
    expect(lines[2]).toContain(`triplet, batch-hard`);
    expect(lines[2]).toContain(shown(hard));
    expect(lines[3]).toContain(shown(published));
    expect(lines[3]).toMatch(/58\.3 +57\.4$/);
  });

  it("shows S with densities of the gallery where a method has it", () => {
    const heads = (...methods: MethodName[]) => paperTable(paperResult(methods, [1])).split("\n");
    const [head, , , unit, local] = heads("pddm-quadruplet", "lifted");
    expect(head.match(/(R@1|MAP@R|AUC|ECE) gallery/g)).toHaveLength(4);
    expect(unit).toMatch(/ - .* - .* - .* - /);
    expect(local).toContain((100 * runResult("lifted", 1).measures.d.recall["1"] + 2).toFixed(1));
    expect(heads("pddm-quadruplet")[0]).not.toContain("gallery");
  });

  it("shows no spread of a single seed", () => {
    const run = { seed: 1, ...runResult("distilled-softmax", 1) };
    const result = { ...paperResult([], [1]), methods: [methodResult("distilled-softmax", [run])] };
    expect(paperTable(result)).not.toContain("±");
  });
});
