import { describe, expect, it } from "vitest";
import type { Scorer } from "../../../trainer/evaluate/scorer.ts";
import { chooseContacts } from "../../../trainer/paper/contacts.ts";
import { each, normalizeRows, numbers, toRows } from "../../oracles/numbers.ts";

const D = 5;
const N = 40;
const rows = normalizeRows(toRows(numbers(N * D, 3), D));
/** Classes of four, and one item alone. */
const labels = each(N).map((item) => (item === N - 1 ? 99 : Math.floor(item / 4)));
const embedded = { embeddings: Float32Array.from(rows.flat()), d: D, labels };

/** An S that has nothing to do with D. */
const s = (a: number, b: number) => Math.sin(12.9898 * (a + b) + 78.233 * a * b);
const scorer: Scorer = {
  scorePairs: (_, a, b) => Float32Array.from(a, (item, pair) => s(item, b[pair])),
  scoreRows: () => {
    throw new Error("not needed");
  },
};

const distance = (a: number, b: number) =>
  Math.hypot(...rows[a].map((value, k) => value - rows[b][k]));

/** The six others of least cost, by sorting all. */
const nearest = (query: number, cost: (other: number) => number) =>
  each(N)
    .filter((other) => other !== query)
    .sort((a, b) => cost(a) - cost(b))
    .slice(0, 6);

describe("the contact sheet", () => {
  const contacts = chooseContacts(scorer, embedded, 1);

  it("has twelve queries with their six nearest by D and by S", () => {
    expect(contacts).toHaveLength(12);
    expect(new Set(contacts.map(({ query }) => query)).size).toBe(12);
    for (const { query, byD, byS } of contacts) {
      expect(byD).toEqual(nearest(query, (other) => distance(query, other)));
      expect(byS).toEqual(nearest(query, (other) => -s(query, other)));
    }
  });

  it("begins with the queries on which D and S differ most, never with one that has no match", () => {
    const won = ({ query, byD, byS }: (typeof contacts)[number]) => {
      const hits = (items: number[]) => items.filter((at) => labels[at] === labels[query]).length;
      return Math.abs(hits(byD) - hits(byS));
    };
    const [first, rest] = [contacts.slice(0, 6).map(won), contacts.slice(6).map(won)];
    expect(Math.min(...first)).toBeGreaterThanOrEqual(Math.max(...rest));
    expect(contacts.map(({ query }) => query)).not.toContain(N - 1);
  });

  it("is the same for the same seed, another for another", () => {
    expect(chooseContacts(scorer, embedded, 1)).toEqual(contacts);
    expect(chooseContacts(scorer, embedded, 2)).not.toEqual(contacts);
  });
});
