import { expect, it } from "vitest";
import { Resident } from "../../../workers/search/resident.ts";

it("drops the least recently used beyond the limit, but never what is used now", () => {
  const resident = new Resident();
  const dropped: string[] = [];
  const matrices = { a: { bytes: 4 }, b: { bytes: 3 }, c: { bytes: 3 }, large: { bytes: 20 } };
  const use = (name: keyof typeof matrices) =>
    resident.use(matrices[name], () => dropped.push(name), 10);
  use("a");
  use("b");
  use("c");
  expect(dropped).toEqual([]);
  use("a");
  matrices.c.bytes = 4;
  use("c");
  expect(dropped).toEqual(["b"]);
  use("large");
  expect(dropped).toEqual(["b", "a", "c"]);
  use("large");
  use("b");
  expect(dropped).toEqual(["b", "a", "c", "large"]);
  resident.forget(matrices.b);
  use("large");
  expect(dropped).toEqual(["b", "a", "c", "large"]);
});
