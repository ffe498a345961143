import { expect, it } from "vitest";
import type { Frame } from "../../../../shared/image/frame.ts";
import { TRANSFORMS } from "../../../../trainer/data/transforms/transforms.ts";
import { configSchema } from "../../../../trainer/runs/config.ts";
import { each } from "../../../oracles/numbers.ts";

/** 4 x 3 pixels, each of its own number. */
const pixels = Uint8Array.from(each(12).flatMap((at) => [at, 100 + at, 200 + at]));
const view = (frame: Frame) => {
  const red = TRANSFORMS.none(pixels, frame).filter((_, i) => i % 3 === 0);
  return Array.from(red);
};

it("is a choice of the config each", () => {
  const { innerType } = configSchema.in.shape.augment.def;
  expect(Object.keys(TRANSFORMS)).toEqual(innerType.options);
});

it("may be none: the image without its margin", () => {
  expect(view({ width: 4, height: 3 })).toEqual(each(12));
  expect(view({ width: 2, height: 1, margin: 1 })).toEqual([5, 6]);
  expect(TRANSFORMS.none(pixels, { width: 2, height: 1, margin: 1 })).toHaveLength(6);
});
