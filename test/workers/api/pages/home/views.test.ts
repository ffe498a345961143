import { describe, expect, it } from "vitest";
import { readAddress } from "../../../../../workers/api/pages/home/views.ts";

describe("an address", () => {
  it.each([
    ["", { view: "compare" }],
    ["#compare", { view: "compare" }],
    ["#nothing", { view: "compare" }],
    ["#search", { view: "search", collection: undefined }],
    ["#search/birds-2", { view: "search", collection: "birds-2" }],
    // No collection has such a name.
    ["#search/../info", { view: "search", collection: undefined }],
  ])("%j names a part of the page", (hash, expected) => {
    expect(readAddress(hash)).toEqual(expected);
  });
});
