import type { Dataset } from "../data/folder.ts";
import type { Split } from "../data/split.ts";
import type { PaperResult } from "./result.ts";

const countClasses = ({ labels }: Dataset, items: readonly number[]) =>
  new Set(items.map((item) => labels[item])).size;

/** What figures are found on. */
export function about(data: Dataset, { train, heldOut, test }: Split): PaperResult["data"] {
  const classes = (items: readonly number[]) => countClasses(data, items);
  return {
    layout: data.layout,
    fingerprint: data.fingerprint,
    images: { train: train.length, heldOut: heldOut.length, test: test.length },
    classes: { train: classes(train), heldOut: classes(heldOut), test: classes(test) },
  };
}
