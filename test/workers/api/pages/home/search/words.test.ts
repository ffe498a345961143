import { describe, expect, it } from "vitest";
import { paceWords } from "../../../../../../workers/api/pages/home/search/pace.ts";
import { items, stateWords } from "../../../../../../workers/api/pages/home/search/words.ts";

const collection = {
  name: "birds",
  model: "birds",
  version: "0123456789abcdef",
  target: null,
  state: "ready" as const,
  count: 1,
  pending: 0,
  capacity: 5,
  store_images: false,
  prefix: null,
  densities: { outdated: 0 },
  failed: 0,
};

describe("the pace of an upload", () => {
  it.each([
    [{ sent: 0, took: 100 }, 5, ""],
    [{ sent: 41, took: 1000 }, 4920, "41 a second, 2 min left"],
    [{ sent: 3, took: 2000 }, 1, "1.5 a second, 1 s left"],
    [{ sent: 100, took: 1000 }, 900_000, "100 a second, 2.5 h left"],
    [{ sent: 100, took: 1000 }, 0, "100 a second"],
  ])("after %j with %i left is %j", (pace, left, words) => {
    expect(paceWords(pace, left)).toBe(words);
  });
});

describe("the state of a collection", () => {
  it("is told in sentences", () => {
    expect(stateWords(collection)).toBe("Ready.");
    const changing = { ...collection, target: "fedcba9876543210", pending: 1234 };
    expect(stateWords({ ...changing, state: "moving" })).toBe(
      "Moving to version fedcba98 of its model: 1,234 items left. Searches use the version before.",
    );
    expect(stateWords({ ...changing, state: "stale" })).toBe(
      "Version fedcba98 of its model is promoted, but 1,234 items have no picture here. " +
        "Add their pictures again, so that it can be used.",
    );
    expect(stateWords({ ...collection, count: 5, failed: 1, densities: { outdated: 2 } })).toBe(
      "Ready. It is full: it has room for 5 items. Scores of 2 items are being refined. " +
        "1 item could not be embedded.",
    );
  });

  it("counts items", () => {
    expect([items(1), items(0), items(20_000_000)]).toEqual([
      "1 item",
      "0 items",
      "20,000,000 items",
    ]);
  });
});
