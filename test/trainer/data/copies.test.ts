import { describe, expect, it } from "vitest";
import { copiesLines, findCopies, leakLines } from "../../../trainer/data/copies.ts";
import { splitByClass } from "../../../trainer/data/split.ts";
import { seededRandom } from "../../../trainer/random.ts";
import { dataset } from "../../oracles/dataset.ts";
import { each } from "../../oracles/numbers.ts";
import { loadTree } from "../../oracles/trees.ts";

describe("copies", () => {
  it("are grouped as a comparison of all pairs groups them", () => {
    const random = seededRandom(3);
    const digests = each(60).map(() => String(Math.floor(40 * random())));
    const groups = each(60)
      .map((a) => each(60).filter((b) => digests[a] === digests[b]))
      .filter((items, a) => items.length > 1 && items[0] === a);
    expect(groups.length).toBeGreaterThan(5);
    expect(findCopies(digests)).toEqual(groups);
    expect(findCopies(each(9).map(String))).toEqual([]);
  });

  it("are files of the same bytes, whatever they are called, and all of them stay", async () => {
    const data = await loadTree({
      "ant/a.png": 60,
      "ant/b.png": 60,
      "bee/c.png": 120,
      "cat/d.jpg": 60,
      "cat/e.png": 60,
      "dog/f.png": "no image",
      "dog/g.png": "no image",
    });
    expect(data.paths).toEqual(["ant/a.png", "ant/b.png", "bee/c.png", "cat/d.jpg", "cat/e.png"]);
    expect(data.copies).toEqual([[0, 1, 4]]);
    expect(copiesLines(data)).toEqual([
      "1 image is in more than one class, byte for byte: ant/a.png = cat/e.png",
    ]);
  });

  it("within classes and across them are a line each", () => {
    const data = dataset([4, 4, 4]);
    const said = (copies: number[][]) => copiesLines({ ...data, copies });
    expect(said([])).toEqual([]);
    expect(
      said([
        [0, 1],
        [2, 4],
        [5, 6, 7],
        [3, 8],
      ]),
    ).toEqual([
      "2 images are in more than one class, byte for byte: class-0/2.png = class-1/4.png, class-0/3.png = class-2/8.png",
      "2 images are in a class more than once, byte for byte: class-0/0.png = class-0/1.png, class-1/5.png = class-1/6.png",
    ]);
  });
});

describe("copies in test classes of what is in training classes", () => {
  // 10 classes of 3 train, the last two of them held out; 10 test.
  const data = {
    ...dataset(each(20).map(() => 3)),
    copies: [
      [0, 30, 31, 32],
      [28, 33],
      [36, 39],
      [1, 4],
    ],
  };
  const split = splitByClass(data);

  it("are left out of the test, and nothing else is", () => {
    expect(split.heldOut).toContain(28);
    expect(split.test).toEqual(
      each(30)
        .map((i) => 30 + i)
        .slice(4),
    );
    const clean = splitByClass({ ...data, copies: [] });
    expect(split.train).toEqual(clean.train);
    expect(split.heldOut).toEqual(clean.heldOut);
    expect(splitByClass(data, 20).train.length + splitByClass(data, 20).heldOut.length).toBe(60);
  });

  it("are said, with what they are copies of", () => {
    expect(leakLines(data, split)).toEqual([
      "Left 4 images out of the test that training has byte for byte: " +
        "class-10/30.png = class-0/0.png, class-10/31.png = class-0/0.png, " +
        "class-10/32.png = class-0/0.png and 1 more",
    ]);
    expect(leakLines(data, splitByClass(data, 20))).toEqual([]);
  });

  it("leave no class of one image where it had three", () => {
    const copies = [[0, 30, 31]];
    expect(splitByClass({ ...data, copies }).singletons).toEqual([data.classes[10]]);
  });
});
