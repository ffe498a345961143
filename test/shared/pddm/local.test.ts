import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type LocalShape, pddmSchema, pddmWeights } from "../../../shared/pddm/form.ts";
import { LocalSimilarity } from "../../../shared/pddm/local.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { type LocalWeights, locate, naiveLocal, randomLocal } from "../../oracles/local.ts";
import { each, expectClose, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const N = 7;
const D = 6;
const shape: LocalShape = {
  form: "local",
  references: 40,
  neighbours: 5,
  centroids: 9,
  temperature: 0.2,
  profile: 0.4,
};
const rows = normalizeRows(toRows(numbers(N * D, 3), D));
const weights = randomLocal(shape, D, 11);

const tensorsOf = (of: LocalShape, values: LocalWeights) =>
  new Map(
    pddmWeights(of, D).map(({ name, shape: s }) => [name, tf.tensor(Array.from(values[name]), s)]),
  );

const open = (of: LocalShape, values: LocalWeights) =>
  new LocalSimilarity(of, tensorsOf(of, values));

function scoresOf(similarity: LocalSimilarity, items = rows): Float32Array {
  const described = similarity.describe(tf.tensor2d(items));
  return similarity.rows(described, 0, items.length).dataSync<"float32">();
}

describe("the local form of S", () => {
  it.each([
    { title: "as it is", changes: {} },
    { title: "one neighbour", changes: { neighbours: 1 } },
    { title: "all references as neighbours", changes: { neighbours: 40 } },
    { title: "one reference", changes: { references: 1, neighbours: 1 } },
    { title: "one centroid", changes: { centroids: 1 } },
    {
      title: "more centroids than SIMD lanes, sharp",
      changes: { centroids: 70, temperature: 0.02 },
    },
    { title: "no profile", changes: { profile: 0 } },
    { title: "a large profile", changes: { profile: 3 } },
  ])("scores all pairs as the equations do: $title", ({ changes }) => {
    const of = { ...shape, ...changes };
    const values = randomLocal(of, D, 21);
    expectClose(scoresOf(open(of, values)), naiveLocal(of, values, rows).flat());
  });

  it("scores listed pairs and some rows as it does all", () => {
    const expected = naiveLocal(shape, weights, rows);
    const similarity = open(shape, weights);
    const described = similarity.describe(tf.tensor2d(rows));
    const [a, b] = [
      [0, 1, 6, 2],
      [3, 0, 6, 1],
    ];
    const pairs = similarity.pairs(described, tf.tensor1d(a, "int32"), tf.tensor1d(b, "int32"));
    expect(pairs.shape).toEqual([4]);
    expectClose(
      pairs.dataSync(),
      a.map((i, pair) => expected[i][b[pair]]),
    );
    const some = similarity.rows(described, 2, 3);
    expect(some.shape).toEqual([3, N]);
    expectClose(some.dataSync(), expected.slice(2, 5).flat());
  });

  it("is symmetric", () => {
    const scores = tf.tensor2d(scoresOf(open(shape, weights)), [N, N]);
    expectClose(scores.dataSync(), tf.transpose(scores).dataSync(), 1e-6);
  });

  it("scores an item with its copy as with itself, above all others", () => {
    const [first] = rows;
    const [itself, copy, other] = scoresOf(open(shape, weights), [first, first, rows[1]]);
    expect(copy).toBeCloseTo(itself, 5);
    expect(other).toBeLessThan(itself);
  });

  it("does not depend on the company that items are in", () => {
    const alone = scoresOf(open(shape, weights), rows.slice(0, 2));
    const among = scoresOf(open(shape, weights));
    expectClose(alone, [among[0], among[1], among[N], among[N + 1]], 1e-6);
  });

  it("is the order of distance before it is fitted", () => {
    const unfitted = Object.fromEntries(
      pddmWeights(shape, D).map(({ name, shape: s }) => {
        const identity = each(D * D).map((i) => (i % (D + 1) === 0 ? 1 : 0));
        return [
          name,
          name.includes("whitening/kernel") ? identity : each(s[0] * (s[1] ?? 1)).fill(0),
        ];
      }),
    );
    const cosines = rows.flatMap((a) =>
      rows.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0)),
    );
    expectClose(
      scoresOf(open(shape, unfitted)),
      cosines.map((cosine) => 2 * cosine + shape.profile),
    );
  });

  it("finds the nearest references whatever their order, ties among them", () => {
    // Whitens nothing; cosines of the first axis with the references are these.
    const lists = [
      each(40).map((i) => i / 50),
      each(40).map((i) => (39 - i) / 50),
      each(40).map(() => 0.5),
      each(40).map((i) => (i % 3) / 4),
      Array.from(numbers(40, 5)),
    ];
    for (const list of lists) {
      for (const neighbours of each(40).map((i) => i + 1)) {
        const kernel = each(D * 40).map((at) => (at < 40 ? list[at] : 0));
        const of = { ...shape, neighbours, profile: 0 };
        const identity = each(D * D).map((i) => (i % (D + 1) === 0 ? 1 : 0));
        const similarity = open(of, {
          "pddm/whitening/kernel": identity,
          "pddm/whitening/bias": each(D).fill(0),
          "pddm/references/kernel": kernel,
          "pddm/centroids/kernel": each(D * shape.centroids).fill(0),
        });
        const axis = each(D).map((k) => (k === 0 ? 1 : 0));
        const [score] = scoresOf(similarity, [axis]);
        const nearest = [...list].sort((a, b) => b - a).slice(0, neighbours);
        const density = nearest.reduce((sum, value) => sum + value, 0) / neighbours;
        expect(score).toBeCloseTo(2 - 2 * density, 5);
      }
    }
  });

  it("tells the places of items", () => {
    const similarity = open(shape, weights);
    const { z, densities } = similarity.places(similarity.describe(tf.tensor2d(rows)));
    expect([z.shape, densities.shape]).toEqual([[N, D], [N]]);
    const places = rows.map((row) => locate(shape, weights, row));
    expectClose(
      z.dataSync(),
      places.flatMap((place) => place.z),
    );
    expectClose(
      densities.dataSync(),
      places.map(({ r }) => r),
    );
  });

  it("names a weight that is not loaded", () => {
    const tensors = tensorsOf(shape, weights);
    tensors.delete("pddm/centroids/kernel");
    const lacking = new LocalSimilarity(shape, tensors);
    expect(() => lacking.describe(tf.tensor2d(rows))).toThrow(
      '"pddm/centroids/kernel" is not loaded',
    );
  });

  it("keeps nothing but its result", () => {
    const similarity = open(shape, weights);
    const features = tf.tensor2d(rows);
    const { numTensors } = tf.memory();
    const described = similarity.describe(features);
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    const some = similarity.rows(described, 0, 2);
    const [a, b] = [tf.tensor1d([0, 1], "int32"), tf.tensor1d([2, 2], "int32")];
    const pairs = similarity.pairs(described, a, b);
    const { z, densities } = similarity.places(described);
    expect(tf.memory().numTensors).toBe(numTensors + 7);
    tf.dispose([described, some, a, b, pairs, z, densities]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("what a package says of it", () => {
  it("is taken as it is", () => {
    expect(pddmSchema.parse(shape)).toEqual(shape);
  });

  it.each([
    { changes: { neighbours: 41 }, says: "more neighbours than references" },
    { changes: { neighbours: 0 }, says: "Too small" },
    { changes: { references: 65_537 }, says: "Too big" },
    { changes: { temperature: 0 }, says: "Too small" },
    { changes: { profile: -1 }, says: "Too small" },
    { changes: { hidden: 4 }, says: "hidden" },
  ])("is refused with $changes", ({ changes, says }) => {
    const { success, error } = pddmSchema.safeParse({ ...shape, ...changes });
    expect(success).toBe(false);
    expect(error?.message).toContain(says);
  });
});
