import { expect, it } from "vitest";
import { AUGMENTATIONS } from "../../../trainer/augment/augment.ts";
import { configSchema } from "../../../trainer/config.ts";

const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);

it("is a choice of the config each", () => {
  const { innerType } = configSchema.shape.augment.def;
  expect(Object.keys(AUGMENTATIONS)).toEqual(innerType.options);
});

it("may be none: a copy of the image", () => {
  const view = AUGMENTATIONS.none(pixels);
  expect(view).toEqual(pixels);
  view[0] = 9;
  expect(pixels[0]).toBe(1);
});
