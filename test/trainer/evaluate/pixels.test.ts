import { beforeAll, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { pixelsAsEmbeddings, recallOfPixels } from "../../../trainer/evaluate/pixels.ts";
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

it("is the Recall@K of raw pixels by cosine, each item against all others", async () => {
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
  expect(await recallOfPixels(blurred, items, 1)).toEqual(Object.fromEntries(expected));
  expect(expected[0][1]).toBeLessThan(1);
  expect(expected[5][1]).toBeGreaterThan(0);
});

it("is perfect where the images of a class are one", async () => {
  const flat = { ...data, pixels: data.pixels.slice() };
  each(90).forEach((item) => flat.pixels.set(pixelsOf(item - (item % 3)), item * STRIDE));
  expect(Object.values(await recallOfPixels(flat, each(90), 1))).toEqual(RECALL_AT.map(() => 1));
});

it("reads larger pictures at 48 pixels a side, and those of many images at fewer", async () => {
  const large = dataset([2, 1], 60, 60);
  // One colour: it stays when the picture shrinks.
  large.pixels.fill(77);
  const few = await pixelsAsEmbeddings(large, [2, 0]);
  expect({ ...few, embeddings: new Set(few.embeddings) }).toEqual({
    d: 48 * 48 * 3,
    labels: [1, 0],
    embeddings: new Set([77]),
  });
  expect(few.embeddings).toHaveLength(2 * few.d);

  const small = dataset([1], 24, 24);
  const many = await pixelsAsEmbeddings(
    small,
    each(20).map(() => 0),
    32_000,
  );
  // 20 images of 23 x 23 RGB values are the most within 32,000.
  expect(many.d).toBe(23 * 23 * 3);
});
