import { describe, expect, it } from "vitest";
import { testObstacle, validationItems } from "../../../trainer/evaluate/testable.ts";

const labels = Int32Array.of(0, 0, 1, 1, 2, 3, 4, 4);
const classes = ["a", "b", "c", "d", "e"];

describe("test classes", () => {
  it.each([
    { title: "have a pair of one class and of two", test: [0, 1, 2], said: null },
    {
      title: "are one",
      test: [6, 7],
      said: "To measure takes 2 unseen classes, here are 1 of 5: choose fewer --train-classes.",
    },
    {
      title: "are none",
      test: [],
      said: "To measure takes 2 unseen classes, here are 0 of 5: choose fewer --train-classes.",
    },
    {
      title: "have one image each",
      test: [0, 2, 4],
      said: "No unseen class has two images, so there is nothing to find.",
    },
  ])("can be measured unless they lack pairs: where they $title", ({ test, said }) => {
    expect(testObstacle({ classes, labels }, { test })).toBe(said);
  });
});

describe("what is watched while a run trains, and decides after it", () => {
  const train = [0, 1, 2, 3];

  it("are held-out classes", () => {
    const heldOut = [5, 6, 7];
    expect(validationItems({ train, heldOut }, labels)).toEqual({
      classes: "held-out",
      items: heldOut,
    });
  });

  it.each([
    { title: "there are none", heldOut: [] },
    { title: "there is only one class", heldOut: [6, 7] },
    { title: "no class has two images", heldOut: [4, 5, 6] },
  ])("are training classes where of held-out ones $title", ({ heldOut }) => {
    expect(validationItems({ train, heldOut }, labels)).toEqual({
      classes: "training",
      items: train,
    });
  });
});
