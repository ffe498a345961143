import { beforeAll, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { recallOfPixels } from "../../../trainer/evaluate/pixels.ts";
import { RECALL_AT } from "../../../trainer/evaluate/ranking/recall.ts";
import { cosine, rankAll } from "../../oracles/clusters.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const STRIDE = 4 * 4 * 3;
const data = dataset(each(30).map(() => 3));
const pixelsOf = (item: number) =>
  Array.from(data.pixels.subarray(item * STRIDE, (item + 1) * STRIDE));

it("is the Recall@K of raw pixels by cosine, each item against all others", () => {
  // Classes in other places than their positions say, some with one image only.
  const items = each(40).map((i) => (7 * i + 3) % 90);
  // Blends of two classes, so that not every query finds its own.
  const blurred = { ...data, pixels: data.pixels.slice() };
  each(90).forEach((item) => {
    const other = pixelsOf((item * 31 + 11) % 90);
    const blend = pixelsOf(item).map((value, i) => Math.round((value + 2 * other[i]) / 3));
    blurred.pixels.set(blend, item * STRIDE);
  });
  const rows = items.map((item) =>
    Array.from(blurred.pixels.subarray(item * STRIDE, (item + 1) * STRIDE)),
  );
  const labels = items.map((item) => data.labels[item]);
  const ranked = rankAll(items.length, (i, j) => cosine(rows[i], rows[j]));
  const expected = RECALL_AT.map((k) => {
    const hits = ranked.filter((others, i) =>
      others.slice(0, k).some((other) => labels[other] === labels[i]),
    );
    return [String(k), hits.length / items.length];
  });
  expect(recallOfPixels(blurred, items)).toEqual(Object.fromEntries(expected));
  expect(expected[0][1]).toBeLessThan(1);
  expect(expected[5][1]).toBeGreaterThan(0);
});

it("is perfect where the images of a class are one", () => {
  const flat = { ...data, pixels: data.pixels.slice() };
  each(90).forEach((item) => flat.pixels.set(pixelsOf(item - (item % 3)), item * STRIDE));
  expect(Object.values(recallOfPixels(flat, each(90)))).toEqual(RECALL_AT.map(() => 1));
});
