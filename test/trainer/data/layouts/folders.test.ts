import { describe, expect, it } from "vitest";
import { UserError } from "../../../../trainer/error.ts";
import { greysByClass, loadTree } from "../../../oracles/trees.ts";

describe("ImageNet", () => {
  const train = {
    "train/n02000000/n02000000_1.JPEG": 60,
    "train/n01000000/n01000000_1.JPEG": 120,
  };

  it("gives the classes of train/ by name", async () => {
    const data = await loadTree(train);
    expect(data.layout).toBe("ImageNet (train/, val/)");
    expect(greysByClass(data)).toEqual({ n01000000: [120], n02000000: [60] });
    expect(data.classes).toEqual(["n01000000", "n02000000"]);
    expect(data.trainClasses).toBeUndefined();
  });

  it("adds the images of val/ to their classes", async () => {
    const data = await loadTree({
      ...train,
      "val/n02000000/ILSVRC2012_val_1.JPEG": 180,
      "val/n01500000/ILSVRC2012_val_2.JPEG": 240,
      "LOC_synset_mapping.txt": "n01000000 a thing",
    });
    expect(data.classes).toEqual(["n01000000", "n01500000", "n02000000"]);
    expect(greysByClass(data)).toEqual({
      n01000000: [120],
      n01500000: [240],
      n02000000: [60, 180],
    });
  });

  it("says what to do with a val/ that is not sorted into classes", async () => {
    const flat = { ...train, "val/ILSVRC2012_val_1.JPEG": 180 };
    await expect(loadTree(flat)).rejects.toThrow(UserError);
    await expect(loadTree(flat)).rejects.toThrow("sort them into val/<class>/, or move val/ away");
  });
});

describe("one folder per class", () => {
  it("gives the classes by name, wherever a path sorts before them", async () => {
    // "a-b/" sorts before "a/".
    const data = await loadTree({ "a/x.png": 60, "a-b/y.png": 120, "A/z.png": 180 });
    expect(data.layout).toBe("one folder per class");
    expect(data.classes).toEqual(["A", "a", "a-b"]);
    expect(data.paths).toEqual(["A/z.png", "a-b/y.png", "a/x.png"]);
    expect(greysByClass(data)).toEqual({ A: [180], a: [60], "a-b": [120] });
    expect(data.trainClasses).toBeUndefined();
  });

  it("takes the class folders in images/ where that is the only folder", async () => {
    const data = await loadTree({
      "images/ox/a.png": 60,
      "images/cat/b.png": 120,
      "README.md": "about them",
    });
    expect(data.classes).toEqual(["cat", "ox"]);
    expect(data.paths).toEqual(["images/cat/b.png", "images/ox/a.png"]);
  });

  it("looks into images/ only where that is the only folder", async () => {
    const data = await loadTree({ "images/ox/a.png": 60, "cat/b.png": 120 });
    expect(data.paths).toEqual(["cat/b.png"]);
  });

  it("takes a class that is called images or train for one", async () => {
    const { classes } = await loadTree({
      "images/a.png": 60,
      "train/b.png": 120,
      "bus/c.png": 180,
    });
    expect(classes).toEqual(["bus", "images", "train"]);
    expect((await loadTree({ "images/a.png": 60 })).classes).toEqual(["images"]);
  });
});
