import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reasonOf } from "../../../trainer/data/reason.ts";
import { skippedLines } from "../../../trainer/data/skipped.ts";

it("skipped images are a line for each reason, with the first few paths", () => {
  const skipped = [
    { path: "a.png", reason: "is cut off" },
    { path: "b.png", reason: "is empty" },
    ...["c", "d", "e", "f"].map((name) => ({ path: `${name}.png`, reason: "is cut off" })),
  ];
  expect(skippedLines(skipped)).toEqual([
    "Skipped 5 images: a.png, c.png, d.png and 2 more (is cut off)",
    "Skipped 1 image: b.png (is empty)",
  ]);
  expect(skippedLines([])).toEqual([]);
});

it("a reason does not name the path, so that all files of one reason share it", async () => {
  const reasonFor = (path: string) => readFile(path).then(() => "none", reasonOf);
  expect(await reasonFor(tmpdir())).toBe("it is a folder");
  expect(await reasonFor(join(tmpdir(), "nowhere", "a.png"))).toBe("it is no longer there");
  expect(reasonOf(new Error(" is cut off\n"))).toBe("is cut off");
  expect(reasonOf("odd")).toBe("odd");
});
