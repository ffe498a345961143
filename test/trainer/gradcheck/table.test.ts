import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../trainer/gradcheck/check.ts";
import { summary, topicTable } from "../../../trainer/gradcheck/table.ts";

const outcome = (name: string, changes: Partial<Outcome>): Outcome => ({
  topic: "pooling",
  name,
  errors: { value: 1e-7, "gradient 1": 2e-6 },
  passed: true,
  ...changes,
});

const right = outcome("max pool", {});
const wrong = outcome("average pool", {
  errors: { value: 0, "gradient 1": 0.25 },
  passed: false,
});
const left = outcome("strange pool", { errors: {}, passed: null, reason: "nobody has it" });
const broken = outcome("min pool", { errors: {}, passed: false, reason: "no kernel" });

describe("the table", () => {
  it("shows the errors of value and gradients, what fails, and what was left out", () => {
    const lines = topicTable([right, wrong, left, broken])
      .split("\n")
      .map((line) => line.trim().replace(/ +/g, " "));
    expect(lines).toEqual([
      "pooling",
      "max pool 1.0e-7 2.0e-6",
      "average pool 0.0e+0 2.5e-1 FAILS",
      "strange pool not supported: nobody has it",
      "min pool FAILS: no kernel",
    ]);
  });

  it("names the worst of many gradients", () => {
    const gradients = Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`w${i}`, i % 5]));
    const table = topicTable([outcome("network", { errors: { value: 0, ...gradients } })]);
    expect(table).toContain("4.0e+0 (w4, the worst of 6)");
  });
});

describe("the summary", () => {
  it("names no error where no case ran", () => {
    expect(summary("wasm", [])).not.toContain("largest");
  });

  it("counts, and names the largest error", () => {
    expect(summary("wasm", [right, left])).toBe(
      "wasm: 1 cases, all within 1e-3; the largest relative error is 2.0e-6 (max pool, gradient 1); 1 not supported.",
    );
  });

  it("names what fails", () => {
    expect(summary("wasm", [right, wrong, broken])).toContain("2 FAIL: average pool; min pool;");
  });
});
