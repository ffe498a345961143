import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { zeroShotHits } from "../../../../trainer/evaluate/protocols/zeroShot.ts";
import { clusters, cosine } from "../../../oracles/clusters.ts";
import { columnMeans } from "../../../oracles/linear.ts";
import { each } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 5;
const data = clusters(14, 9, D, 1.3, 8);

function pick(items: number[]) {
  const rows = items.map((item) => data.rows[item]);
  const labels = items.map((item) => data.labels[item]);
  return { rows, labels, embeddings: Float32Array.from(rows.flat()), d: D };
}

// Classes 0 to 9 are seen; 10 to 13 unseen, of them queries of unequal number.
const reference = pick(each(70));
const query = pick(
  each(126).filter((item) => item >= 70 && item % 14 >= 10 && (item < 98 || item % 2 === 0)),
);

function naiveHits(known: ReturnType<typeof pick>, k: number): number {
  const labels = [...new Set(known.labels)];
  const means = labels.map((label) =>
    columnMeans(known.rows.filter((_, item) => known.labels[item] === label)),
  );
  const unseen = [...new Set(query.labels)];
  const shares = unseen.map((label) => {
    const asked = query.rows.filter((_, item) => query.labels[item] === label);
    const hits = asked.filter((row) => {
      const own = cosine(row, means[labels.indexOf(label)]);
      return means.filter((mean) => cosine(row, mean) > own).length < k;
    });
    return hits.length / asked.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / unseen.length;
}

describe("zero-shot hits", () => {
  it("agree with ranking the class among all prototypes", () => {
    const hits = zeroShotHits(reference, query);
    expect(Object.keys(hits)).toEqual(["1", "2", "3", "4", "5"]);
    for (const k of [1, 2, 3, 4, 5]) expect(hits[k]).toBeCloseTo(naiveHits(reference, k), 12);
    expect(hits[1]).toBeGreaterThan(0);
    expect(hits[1]).toBeLessThan(hits[5]);
  });

  it("are distracted by the seen classes", () => {
    const unseenOnly = pick(each(70).filter((item) => item % 14 >= 10));
    const hits = zeroShotHits(unseenOnly, query);
    for (const k of [1, 2, 3]) expect(hits[k]).toBeCloseTo(naiveHits(unseenOnly, k), 12);
    expect(hits[1]).toBeGreaterThan(zeroShotHits(reference, query)[1]);
    // Four prototypes: the right one is always among the first four.
    expect(hits[4]).toBe(1);
    expect(hits[5]).toBe(1);
  });

  it("refuse a class without reference", () => {
    const seenOnly = pick(each(70).filter((item) => item % 14 < 10));
    expect(() => zeroShotHits(seenOnly, query)).toThrow("class 10 has queries but no reference");
  });
});
