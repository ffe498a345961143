import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { comparisonSchema } from "../../trainer/bench/against/report.ts";
import { reportSchema } from "../../trainer/bench/report.ts";
import * as z from "zod";
import { complaints, ROOT, runScript } from "./command.ts";

describe("npm run bench-train", () => {
  it("prints how long the parts of a step take, as JSON and nothing else", async () => {
    const args = ["--quick", "--backends", "wasm", "--json"];
    const { code, stdout, stderr } = await runScript("benchTrain", args, ROOT);
    expect(code, stderr).toBe(0);
    expect(complaints(stderr)).toEqual(["quick on wasm"]);
    const { backends, method, rows } = reportSchema.parse(JSON.parse(stdout));
    expect(method).toBe("pddm-quadruplet");
    expect(backends).toMatchObject({ wasm: { runs: true } });
    expect(rows).toMatchObject([{ network: "quick", backend: "wasm", batch: 8 }]);
    const [{ measured }] = rows;
    if (!measured) throw new Error(rows[0].reason);
    expect(measured.images_per_s).toBeCloseTo(8000 / measured.step_ms);
    for (const part of [
      "data_ms",
      "forward_ms",
      "mining_ms",
      "backward_ms",
      "update_ms",
    ] as const) {
      expect(measured[part]).toBeGreaterThan(0);
    }
    // It starts with as much room.
    expect(measured.device_bytes).toBeGreaterThan(64 * 2 ** 20);
  });

  it("knows its networks and its backends", async () => {
    const network = await runScript("benchTrain", ["--only", "small@64,large"], ROOT);
    expect(network).toMatchObject({ code: 1, stdout: "" });
    expect(network.stderr).toContain("Networks are small@64, mobilenetv2@224, ");
    const backend = await runScript("benchTrain", ["--backends", "abacus"], ROOT);
    expect(backend).toMatchObject({ code: 1, stdout: "" });
    expect(backend.stderr).toContain("Backends are wasm, cuda");
  });

  it("says what is missing where PyTorch does not run", async () => {
    const args = ["--against", "pytorch", "--backends", "wasm"];
    const nowhere = await runScript("benchTrain", args, ROOT, { PYTHON: "/nowhere/python3" });
    expect(nowhere).toMatchObject({ code: 1, stdout: "" });
    expect(complaints(nowhere.stderr)).toEqual([
      "Error: /nowhere/python3 does not run: let PYTHON name a Python 3 with PyTorch",
    ]);
    // A process that ends before its first answer.
    const other = await runScript("benchTrain", args, ROOT, { PYTHON: "false" });
    expect(complaints(other.stderr)).toEqual(["Error: false ended with exit code 1"]);
  });

  const python = process.env.PYTHON ?? "python3";
  const hasPyTorch = spawnSync(python, ["-c", "import torch"]).status === 0;

  it.runIf(hasPyTorch)("takes steps here and in PyTorch in turn", async () => {
    const args = ["--against", "pytorch", "--backends", "wasm", "--quick", "--json"];
    const { code, stdout, stderr } = await runScript("benchTrain", args, ROOT);
    expect(code, stderr).toBe(0);
    const [{ rows }] = z.tuple([comparisonSchema]).parse(JSON.parse(stdout));
    expect(rows.map(({ name }) => name.replace(/ \d.*,/, ","))).toEqual([
      "here, wasm",
      "PyTorch, channels last",
      "PyTorch, default layout",
    ]);
    for (const { ratio, step_ms } of rows) expect(ratio).toBeCloseTo(step_ms / rows[0].step_ms);
  });
});
