import { expect, it } from "vitest";
import { groupsOf } from "../../../../workers/api/collections/groups.ts";

it("items that are linked in a long chain, from its end on, are one group", () => {
  const idOf = (i: number) => String(i).padStart(6, "0");
  const pairs = Array.from({ length: 50_000 }, (_, i) => ({
    a: idOf(i),
    b: idOf(i + 1),
    score: 1,
    probability: 0.9,
  }));
  const [group, ...others] = groupsOf(pairs.toReversed());
  expect(group.items).toHaveLength(pairs.length + 1);
  expect(others).toEqual([]);
});
