import { describe, expect, it } from "vitest";
import { compareKeys } from "../../shared/compareKeys.ts";

describe("compareKeys", () => {
  it("orders texts as their bytes in UTF-8 are ordered", () => {
    const characters = [
      "",
      "a",
      "b",
      "/",
      "\u007f",
      "é",
      "\ud7ff",
      "\ue000",
      "\uffff",
      "😀",
      "\u{10ffff}",
    ];
    const texts = characters.flatMap((a) => characters.map((b) => a + b));
    for (const a of texts) {
      for (const b of texts) {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b)), JSON.stringify([a, b])).toBe(expected);
      }
    }
  });
});
