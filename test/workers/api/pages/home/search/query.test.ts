import { describe, expect, it } from "vitest";
import {
  adding,
  EMPTY,
  type Example,
  onlyLike,
  without,
} from "../../../../../../workers/api/pages/home/search/query.ts";

const item = (id: string): Example => ({ kind: "item", id, name: id });
const picture: Example = { kind: "picture", name: "a", file: new File([], "a") };

describe("a query", () => {
  it("grows by examples on both sides, each once", () => {
    const query = adding(onlyLike(picture), "positives", item("a"));
    expect(adding(query, "negatives", item("b"))).toEqual({
      positives: [picture, item("a")],
      negatives: [item("b")],
    });
    expect(adding(query, "positives", item("a"))).toEqual(query);
  });

  it("loses an example, on whichever side", () => {
    const query = { positives: [picture, item("a")], negatives: [item("b")] };
    expect(without(query, item("b"))).toEqual({ positives: [picture, item("a")], negatives: [] });
    expect(without(query, picture)).toEqual({ positives: [item("a")], negatives: [item("b")] });
  });

  it("is empty without positives", () => {
    const query = { positives: [item("a")], negatives: [item("b")] };
    expect(without(query, item("a"))).toBe(EMPTY);
  });
});
