import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import {
  nearestClassMeanAccuracy,
  nearestNeighbourAccuracy,
  splitHalves,
} from "../../../../trainer/evaluate/protocols/transfer.ts";
import { clusters, cosine } from "../../../oracles/clusters.ts";
import { columnMeans } from "../../../oracles/linear.ts";
import { each } from "../../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const D = 6;
const data = clusters(7, 12, D, 1.1, 5);

/** Some items of the data. */
function pick(items: number[]) {
  const rows = items.map((item) => data.rows[item]);
  const labels = items.map((item) => data.labels[item]);
  return { rows, labels, embeddings: Float32Array.from(rows.flat()), d: D };
}

// Classes of unequal number among the queries.
const reference = pick(each(42));
const query = pick(each(84).filter((item) => item >= 42 && (item % 7 < 3 || item % 4 === 0)));

/** Accuracy of an answer to each query, class by class. */
function naiveAccuracy(answer: (row: number[]) => number): number {
  const classes = [...new Set(query.labels)];
  const accuracies = classes.map((label) => {
    const asked = query.rows.filter((_, item) => query.labels[item] === label);
    return asked.filter((row) => answer(row) === label).length / asked.length;
  });
  return accuracies.reduce((sum, value) => sum + value, 0) / classes.length;
}

const argmax = (values: number[]) => values.indexOf(Math.max(...values));

describe("nearest class mean", () => {
  it("agrees with a search through all means", () => {
    const means = each(7).map((label) =>
      columnMeans(reference.rows.filter((_, item) => reference.labels[item] === label)),
    );
    const expected = naiveAccuracy((row) => argmax(means.map((mean) => cosine(row, mean))));
    expect(expected).toBeGreaterThan(0.3);
    expect(expected).toBeLessThan(0.95);
    expect(nearestClassMeanAccuracy(reference, query)).toBeCloseTo(expected, 12);
  });
});

describe("k nearest neighbours", () => {
  it.each([1, 2, 5, 10, 42, 100])("agree with counting votes: k = %i", (k) => {
    const expected = naiveAccuracy((row) => {
      const nearest = each(42)
        .sort((a, b) => cosine(row, reference.rows[b]) - cosine(row, reference.rows[a]))
        .slice(0, k)
        .map((item) => ({ label: reference.labels[item], by: cosine(row, reference.rows[item]) }));
      // A vote outweighs any sum of cosines.
      const standing = each(7).map((label) =>
        nearest
          .filter((neighbour) => neighbour.label === label)
          .reduce((sum, { by }) => sum + 1000 + by, 0),
      );
      return argmax(standing);
    });
    expect(expected).toBeLessThan(0.95);
    expect(nearestNeighbourAccuracy(reference, query, k)).toBeCloseTo(expected, 12);
  });

  it("settle a tie by similarity, a majority by number", () => {
    // By cosine to (1, 0): class 1 the nearest, class 2 the second and third.
    const embeddings = Float32Array.of(1, 0, 1, 0.1, 1, 0.2);
    const known = { embeddings, d: 2, labels: [1, 2, 2] };
    const asked = (label: number) => ({ embeddings: Float32Array.of(1, 0), d: 2, labels: [label] });
    expect(nearestNeighbourAccuracy(known, asked(1), 2)).toBe(1);
    expect(nearestNeighbourAccuracy(known, asked(2), 3)).toBe(1);
  });
});

describe("halves", () => {
  const labels = [4, 4, 9, 4, 9, 4, 4, 6, 9, 4];
  const { reference: known, query: asked } = splitHalves(labels, 1);

  it("hold every item once, half of each class in each", () => {
    expect([...known, ...asked].sort((a, b) => a - b)).toEqual(each(10));
    const count = (items: number[], label: number) =>
      items.filter((item) => labels[item] === label).length;
    expect([4, 9, 6].map((label) => count(known, label))).toEqual([3, 2, 1]);
    expect([4, 9, 6].map((label) => count(asked, label))).toEqual([3, 1, 0]);
  });

  it("repeat for a seed and differ for another", () => {
    expect(splitHalves(labels, 1)).toEqual({ reference: known, query: asked });
    const many = data.labels;
    expect(splitHalves(many, 1)).not.toEqual(splitHalves(many, 2));
  });

  it("of a class do not depend on the other classes", () => {
    const alone = splitHalves([4, 4, 4, 4, 4, 4], 1);
    const ofFour = each(10).filter((item) => labels[item] === 4);
    expect(known.filter((item) => labels[item] === 4)).toEqual(
      alone.reference.map((item) => ofFour[item]),
    );
  });
});
