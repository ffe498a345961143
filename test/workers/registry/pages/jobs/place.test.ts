import { expect, it } from "vitest";
import {
  addressOf,
  questionOf,
  readPlace,
  readTrail,
} from "../../../../../workers/registry/pages/jobs/place.ts";

it.each([
  ["", "/jobs"],
  ["?state=failed", "/jobs?state=failed"],
  ["?state=odd&group=&after=", "/jobs"],
  ["?group=a%26b&after=0123456789ab&x=1", "/jobs?group=a%26b&after=0123456789ab"],
])("the place of %j has the address %s", (search, address) => {
  expect(addressOf(readPlace(search))).toBe(address);
});

it("the registry is asked for a page", () => {
  const question = questionOf(readPlace("?state=done&after=0123456789ab"));
  expect(question.toString()).toBe("state=done&after=0123456789ab&limit=25");
});

it.each([
  [null, []],
  [{ trail: "x" }, []],
  [{ trail: [null, "0123456789ab"] }, [null, "0123456789ab"]],
])("the pages before, of an entry %j", (entry, trail) => {
  expect(readTrail(entry)).toEqual(trail);
});
