import { expect, it } from "vitest";
import { arePhotographs } from "../../../trainer/data/photographs.ts";

it("takes for photographs what cameras write, if it is the most", () => {
  expect(arePhotographs(["a/1.JPG", "a/2.heic", "b/3.png"])).toBe(true);
  expect(arePhotographs(["a/1.jpg", "b/3.png"])).toBe(false);
  expect(arePhotographs([])).toBe(false);
});
