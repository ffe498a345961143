import fc from "fast-check";
import { expect, it } from "vitest";
import type { Filter, Metadata, Operators, Scalar } from "../../../workers/protocol/metadata.ts";
import { tagOf } from "../../../workers/search/shard/tags.ts";
import { accepted, newShard } from "./shards.ts";
import { itemOf, LOCAL, random, vectorOf } from "./space.ts";

const encoder = new TextEncoder();

/** Order of the bytes of UTF-8. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  const at = left.findIndex((byte, i) => byte !== right[i]);
  if (at < 0) return left.length - right.length;
  return left[at] - (right[at] ?? -1);
}

/** How two scalars compare; null if they do not. */
function compare(a: Scalar, b: Scalar): number | null {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  return null;
}

function meets(metadata: Metadata, filter: Filter): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    const value = Object.hasOwn(metadata, key) ? [metadata[key]].flat() : [];
    const operators: Operators = typeof wanted === "object" ? wanted : { $eq: wanted };
    const some = (holds: (order: number | null, is: Scalar) => boolean, limit: Scalar) =>
      value.some((each) => holds(compare(each, limit), each));
    return Object.entries(operators).every(([operator, operand]) => {
      const scalars = [operand].flat();
      const equal = value.some((each) => scalars.some((scalar) => each === scalar));
      if (operator === "$eq" || operator === "$in") return equal;
      if (operator === "$ne" || operator === "$nin") return !equal;
      const [limit] = scalars;
      if (operator === "$lt") return some((order) => order !== null && order < 0, limit);
      if (operator === "$lte") return some((order) => order !== null && order <= 0, limit);
      if (operator === "$gt") return some((order) => order !== null && order > 0, limit);
      return some((order) => order !== null && order >= 0, limit);
    });
  });
}

const texts = fc.oneof(
  fc.constantFrom("", "a", "b", "a\0", "a\u0001", "1", "é", "\uFFFD", "𝄞", "it's", '"', "\\u0000"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const numbers = fc.oneof(
  fc.constantFrom(-1, -0, 0, 1, 0.1, 0.30000000000000004, 1e300, -1e300, 5e-324, 2 ** 53),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const scalars = fc.oneof(texts, numbers, fc.boolean());
const keys = fc.constantFrom("a", "b", "it's", 'sa"y', "c.d[0]");
const metadata = fc.dictionary(keys, fc.oneof(scalars, fc.array(texts, { maxLength: 3 })), {
  noNullPrototype: true,
});
const lists = fc.array(scalars, { minLength: 1, maxLength: 4 });
const orderable = fc.oneof(texts, numbers);
const operator: fc.Arbitrary<Operators> = fc.oneof(
  scalars.map(($eq) => ({ $eq })),
  scalars.map(($ne) => ({ $ne })),
  lists.map(($in) => ({ $in })),
  lists.map(($nin) => ({ $nin })),
  orderable.map(($lt) => ({ $lt })),
  orderable.map(($lte) => ({ $lte })),
  orderable.map(($gt) => ({ $gt })),
  orderable.map(($gte) => ({ $gte })),
);
const operators = fc
  .array(operator, { minLength: 1, maxLength: 3 })
  .map((all) => all.reduce((sum, each) => ({ ...sum, ...each })));
const filters = fc.dictionary(
  keys,
  fc.oneof({ weight: 1, arbitrary: scalars }, { weight: 4, arbitrary: operators }),
  { maxKeys: 2, noNullPrototype: true },
);

const query = random(1);
const question = {
  version: LOCAL.version,
  query: vectorOf(query, LOCAL).embedding,
  candidates: 1000,
  neighbours: 0,
  excluded: [],
};

it("a search finds the items that a naive evaluation of its filter finds", async () => {
  let [met, unmet] = [0, 0];
  const cases = fc.asyncProperty(
    fc.array(metadata, { minLength: 10, maxLength: 30 }),
    fc.array(filters, { minLength: 10, maxLength: 10 }),
    async (all, wanted) => {
      const next = random(2);
      const shard = await newShard();
      const items = all.map((each, i) => ({
        ...itemOf(`${i}`, { [LOCAL.version]: vectorOf(next, LOCAL) }),
        metadata: each,
      }));
      accepted(await shard.put(items));
      for (const filter of wanted) {
        const { candidates } = accepted(await shard.search({ ...question, filter }));
        const naive = items.filter((item) => meets(item.metadata, filter)).map(({ id }) => id);
        expect(candidates.map(({ id }) => id).sort(), JSON.stringify(filter)).toEqual(naive.sort());
        met += naive.length;
        unmet += items.length - naive.length;
      }
    },
  );
  await fc.assert(cases, { numRuns: 40 });
  // Filters that all or no items meet would prove little.
  expect(met).toBeGreaterThan(500);
  expect(unmet).toBeGreaterThan(500);
});

it("a filter may have 16 keys with all operators, and lists of 100", async () => {
  const next = random(3);
  const shard = await newShard();
  const names = Array.from({ length: 16 }, (_, i) => `key-${i}`);
  const item = itemOf("it", { [LOCAL.version]: vectorOf(next, LOCAL) });
  const values = Object.fromEntries(names.map((name, i) => [name, i]));
  const other = itemOf("other", { [LOCAL.version]: vectorOf(next, LOCAL) });
  accepted(
    await shard.put([
      { ...item, metadata: values },
      { ...other, metadata: { ...values, "key-15": 14 } },
    ]),
  );
  const filter = Object.fromEntries(
    names.map((name, i) => [
      name,
      {
        $eq: i,
        $ne: -1,
        $in: Array.from({ length: 100 }, (_, j) => i + j),
        $nin: Array.from({ length: 100 }, (_, j) => -1 - j),
        $lt: i + 1,
        $lte: i,
        $gt: i - 1,
        $gte: i,
      },
    ]),
  );
  const { candidates } = accepted(await shard.search({ ...question, filter }));
  expect(candidates.map(({ id }) => id)).toEqual(["it"]);
});

it("tags order numbers like numbers and strings like their bytes", () => {
  const order = (a: Scalar, b: Scalar) => compareTexts(tagOf(a), tagOf(b));
  const check = <T extends Scalar>(values: fc.Arbitrary<T>, compared: (a: T, b: T) => number) =>
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(order(a, b) < 0).toBe(compared(a, b) < 0);
        expect(order(a, b) > 0).toBe(compared(a, b) > 0);
      }),
    );
  check(numbers, (a, b) => a - b);
  check(texts, compareTexts);
});
