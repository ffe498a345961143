import { describe, expect, it } from "vitest";
import { splitByClass } from "../../../trainer/data/split.ts";
import { UserError } from "../../../trainer/error.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

describe("the split by class", () => {
  const data = dataset(each(40).map((label) => (label % 7 === 0 ? 1 : 3)));
  const classesOf = (items: number[]) => [...new Set(items.map((item) => data.labels[item]))];

  it("trains on the first classes and tests on the rest, with none in two roles", () => {
    const { train, heldOut, test } = splitByClass(data, 20);
    expect(classesOf([...train, ...heldOut]).sort((a, b) => a - b)).toEqual(each(20));
    expect(classesOf(test)).toEqual(each(20).map((i) => 20 + i));
    expect(classesOf(train).filter((label) => classesOf(heldOut).includes(label))).toEqual([]);
  });

  it("gives every image exactly one role", () => {
    const { train, heldOut, test } = splitByClass(data, 20);
    const items = [...train, ...heldOut, ...test].sort((a, b) => a - b);
    expect(items).toEqual(each(data.labels.length));
  });

  it("holds out a fifth of the training classes, in runs of neighbours", () => {
    const manyOf = (count: number) => {
      const many = dataset(each(count).map(() => 2));
      return [...new Set(splitByClass(many, count).heldOut.map((item) => many.labels[item]))];
    };
    expect(manyOf(50)).toEqual([8, 9, 18, 19, 28, 29, 38, 39, 48, 49]);
    expect(manyOf(25)).toEqual([4, 9, 14, 19, 24]);
    expect(manyOf(10)).toHaveLength(2);
    expect(manyOf(9)).toEqual([]);
    expect(manyOf(249)).toHaveLength(49);
    expect(manyOf(400)).toHaveLength(50);
    expect(manyOf(400).slice(0, 10)).toEqual(each(10).map((i) => 70 + i));
  });

  it("leaves nothing to test on where all classes train", () => {
    expect(splitByClass(data, 40).test).toEqual([]);
  });

  it("trains on half of the classes, rounded, where nobody says otherwise", () => {
    expect(splitByClass(data)).toEqual(splitByClass(data, 20));
    const odd = dataset(each(7).map(() => 2));
    expect(splitByClass(odd)).toEqual(splitByClass(odd, 4));
  });

  it("trains on as many as the data set says, unless it is told another number", () => {
    const known = { ...data, trainClasses: 30 };
    expect(splitByClass(known)).toEqual(splitByClass(data, 30));
    expect(splitByClass(known, 10)).toEqual(splitByClass(data, 10));
    expect(splitByClass({ ...data, trainClasses: 40 }).test).toEqual([]);
  });

  it("refuses more training classes than there are", () => {
    expect(() => splitByClass(data, 41)).toThrow(UserError);
    expect(() => splitByClass(data, 41)).toThrow(
      "41 classes are to train (--train-classes), but there are only 40",
    );
  });

  it("names the classes of one image", () => {
    expect(splitByClass(data, 20).singletons).toEqual(
      each(40).flatMap((label) => (label % 7 === 0 ? [data.classes[label]] : [])),
    );
  });

  it.each([
    { title: "one class", counts: [5], count: 1 },
    { title: "one class of two images among singletons", counts: [1, 3, 1, 1], count: 4 },
    { title: "too few that train", counts: [4, 4, 4, 4], count: 1 },
    { title: "none at all", counts: [], count: undefined },
  ])("refuses fewer than two classes to learn from: $title", ({ counts, count }) => {
    const split = () => splitByClass(dataset(counts), count);
    expect(split).toThrow(UserError);
    expect(split).toThrow(/training needs at least 2 classes of 2 images, here are [01]/);
  });
});
