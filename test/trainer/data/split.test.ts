import { describe, expect, it } from "vitest";
import { splitByClass } from "../../../trainer/data/split.ts";
import { UserError } from "../../../trainer/error.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

describe("the split by class", () => {
  const data = dataset(each(40).map((label) => (label % 7 === 0 ? 1 : 3)));
  const classesOf = (items: number[]) => [...new Set(items.map((item) => data.labels[item]))];

  it("trains on the first classes and tests on the rest, with none in two roles", () => {
    const { train, heldOut, test } = splitByClass(data, 0.5);
    expect(classesOf([...train, ...heldOut]).sort((a, b) => a - b)).toEqual(each(20));
    expect(classesOf(test)).toEqual(each(20).map((i) => 20 + i));
    expect(classesOf(train).filter((label) => classesOf(heldOut).includes(label))).toEqual([]);
  });

  it("gives every image exactly one role", () => {
    const { train, heldOut, test } = splitByClass(data, 0.5);
    const items = [...train, ...heldOut, ...test].sort((a, b) => a - b);
    expect(items).toEqual(each(data.labels.length));
  });

  it("holds out every tenth training class", () => {
    expect(classesOf(splitByClass(data, 1).heldOut)).toEqual([9, 19, 29, 39]);
    expect(classesOf(splitByClass(data, 0.5).heldOut)).toEqual([9, 19]);
    expect(splitByClass(data, 0.2).heldOut).toEqual([]);
  });

  it("leaves nothing to test on where all classes train", () => {
    expect(splitByClass(data, 1).test).toEqual([]);
  });

  it("names the classes of one image", () => {
    expect(splitByClass(data, 0.5).singletons).toEqual(
      each(40).flatMap((label) => (label % 7 === 0 ? [data.classes[label]] : [])),
    );
  });

  it.each([
    { title: "one class", counts: [5], share: 1 },
    { title: "one class of two images among singletons", counts: [1, 3, 1, 1], share: 1 },
    { title: "too small a share", counts: [4, 4, 4, 4], share: 0.25 },
    { title: "none at all", counts: [], share: 0.5 },
  ])("refuses fewer than two classes to learn from: $title", ({ counts, share }) => {
    const split = () => splitByClass(dataset(counts), share);
    expect(split).toThrow(UserError);
    expect(split).toThrow(/training needs at least 2 classes of 2 images, here are [01]/);
  });
});
