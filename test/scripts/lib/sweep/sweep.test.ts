import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { givenOptions, gridOptions } from "../../../../scripts/lib/flags.ts";
import { grid } from "../../../../scripts/lib/sweep/grid.ts";
import { MOST_JOBS, planSweep } from "../../../../scripts/lib/sweep/sweep.ts";
import { defaultsOf } from "../../../../trainer/methods/methods.ts";
import { keyOf } from "../../../../trainer/jobs/submission.ts";

const NAMES = { data: "birds", model: "birds" };

/** What a command line asks for. */
function typed(...words: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of gridOptions()) command.addOption(option);
  return givenOptions(command.parse(words, { from: "user" }));
}

const plan = (seeds: number, ...words: string[]) => planSweep(typed(...words), seeds, NAMES);

const configs = (seeds: number, ...words: string[]) =>
  plan(seeds, ...words).trainings.map(({ config }) => config);

describe("grid", () => {
  it("gives each combination once", () => {
    const lists = fc.dictionary(
      fc.constantFrom("a", "b", "c", "d"),
      fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(lists, (given) => {
        const rows = grid(given);
        const size = Object.values(given).reduce((product, list) => product * list.length, 1);
        expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(size);
        for (const row of rows) {
          expect(Object.keys(row)).toEqual(Object.keys(given));
          for (const [name, value] of Object.entries(row)) expect(given[name]).toContain(value);
        }
      }),
    );
  });
});

describe("a sweep", () => {
  it("is every combination of numbers, choices and hyperparameters, for one seed after the other", () => {
    const words = ["--learning-rate", "1e-4, 3e-4,0.0001", "--augment", "none,crop"];
    const method = ["--method", "pddm-quadruplet", "--set", "alpha=0.3,0.5", "--set", "beta=1"];
    const found = configs(2, ...words, ...method, "--seed", "5");
    expect(
      found.map(({ seed, learningRate, augment, hyperparameters }) => [
        ...[seed, learningRate, augment, hyperparameters],
      ]),
    ).toEqual(
      [5, 6].flatMap((seed) =>
        ["none", "crop"].flatMap((augment) =>
          [1e-4, 3e-4].flatMap((rate) =>
            [0.3, 0.5].map((alpha) => {
              const hyperparameters = { ...defaultsOf("pddm-quadruplet"), alpha, beta: 1 };
              return [seed, rate, augment, hyperparameters];
            }),
          ),
        ),
      ),
    );
    expect(plan(2, ...words, ...method, "--seed", "5").words).toBe(
      "--augment none, crop; --learning-rate 0.0001, 0.0003; --set alpha=0.3, 0.5; seeds 5 to 6",
    );
  });

  it("gives each method its own hyperparameters, and each backend as what the worker must have", () => {
    const { trainings } = plan(1, "--method", "lifted,contrastive", "--backend", "wasm,auto");
    expect(
      trainings.map(({ config, requirements }) => [config.method, requirements.backend]),
    ).toEqual([
      ["lifted", "wasm"],
      ["contrastive", "wasm"],
      ["lifted", undefined],
      ["contrastive", undefined],
    ]);
  });

  it.each([
    ["a number out of range", ["--size", "32,3"], "--size: Too small: expected number to be >=16"],
    [
      "a hyperparameter that a method has not",
      ["--method", "pddm-quadruplet,contrastive", "--set", "alpha=0.5"],
      "--set: contrastive has no alpha; it has margin",
    ],
    [
      "too many jobs",
      ["--steps", "1,2,3,4,5", "--size", "16,17,18,19,20,21,22"],
      `this sweep has 210 jobs (7 x 5 x 6); a sweep has at most ${MOST_JOBS}: leave values or seeds out`,
    ],
  ])("refuses %s", (_, words, message) => {
    expect(() => plan(6, ...words)).toThrow(message);
  });

  it.each([
    ["--learning-rate", "1e-4,x", "Not a number."],
    ["--learning-rate", "1e-4,", "Not a number."],
    ["--augment", "none,all", "Allowed choices are none, shift, crop."],
    ["--set", "alpha=1,", "Not of the form name=value."],
    ["--set", "alpha", "Not of the form name=value."],
    ["--seed", "1,2", "Not a number."],
  ])("refuses %s %s", (flag, value, message) => {
    expect(() => typed(flag, value)).toThrow(message);
  });
});

describe("keyOf", () => {
  const request = {
    ...{ dataset: { name: "birds", version: "0123456789abcdef" }, model: "birds" },
    ...{ config: { size: 32, steps: 5 }, promote: "never" as const, channel: "stable" },
    ...{ requirements: {}, group: "g" },
  };

  it("is the same for the same work, however it is written, and for no other", () => {
    const { group, dataset, ...rest } = request;
    const reordered = { group, ...rest, config: { steps: 5, size: 32 }, dataset };
    expect(keyOf(reordered)).toBe(keyOf(request));
    const others = [
      { ...request, group: "h" },
      { ...request, config: { size: 32, steps: 6 } },
      { ...request, requirements: { backend: "wasm" as const } },
      { ...request, model: "dogs" },
    ];
    expect(new Set([request, ...others].map(keyOf)).size).toBe(5);
  });
});
