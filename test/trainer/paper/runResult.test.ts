import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepRunResult, readRunResult } from "../../../trainer/paper/runResult.ts";
import { runResult } from "./results.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-measures-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("what is kept of a run", () => {
  it("is null until the run is done", async () => {
    expect(await readRunResult(folder)).toBeNull();
  });

  it("comes back as it was", async () => {
    const result = { ...runResult("distilled-softmax", 1), seconds: null };
    await keepRunResult(folder, result);
    expect(await readRunResult(folder)).toEqual(result);
  });

  it("lacks the gallery where it was kept before that was measured", async () => {
    const result = runResult("distilled-softmax", 1);
    const { gallery: _, ...measures } = result.measures;
    await writeFile(join(folder, "measures.json"), JSON.stringify({ ...result, measures }));
    expect((await readRunResult(folder))?.measures.gallery).toBeNull();
  });

  it("is a mistake to be named where it is damaged", async () => {
    await writeFile(join(folder, "measures.json"), '{"measures": ');
    await expect(readRunResult(folder)).rejects.toThrow(
      `${join(folder, "measures.json")} is damaged: delete it, and it is measured again`,
    );
  });
});
