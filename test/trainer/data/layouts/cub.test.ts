import { describe, expect, it } from "vitest";
import { UserError } from "../../../../trainer/error.ts";
import { greysByClass, loadTree, type Tree } from "../../../oracles/trees.ts";

/** Lines and folders in an order that is not that of the class ids; ids 2 and 10 sort as numbers. */
const tree: Tree = {
  "images.txt":
    "1 002.Zebra finch/a b.jpg\n2 010.Ant bird/c.jpg\n3 001.Wren/d.jpg\n4 001.Wren/e.jpg\n",
  "image_class_labels.txt": "4 1\n3 1\n2 10\n1 2\n",
  "classes.txt": "10 010.Ant bird\n2 002.Zebra finch\n1 001.Wren\n",
  "train_test_split.txt": "1 1\n2 0\n3 1\n4 0\n",
  "images/002.Zebra finch/a b.jpg": 60,
  "images/010.Ant bird/c.jpg": 120,
  "images/001.Wren/d.jpg": 180,
  "images/001.Wren/e.jpg": 240,
};

const without = (path: string): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => !name.startsWith(path)));

describe("CUB-200-2011", () => {
  it("gives the classes by id, each with its images", async () => {
    const data = await loadTree(tree);
    expect(data.layout).toBe("CUB-200-2011");
    expect(data.classes).toEqual(["001.Wren", "002.Zebra finch", "010.Ant bird"]);
    expect(greysByClass(data)).toEqual({
      "001.Wren": [180, 240],
      "002.Zebra finch": [60],
      "010.Ant bird": [120],
    });
    expect(data.paths).toContain("images/002.Zebra finch/a b.jpg");
    expect(data.trainClasses).toBeUndefined();
  });

  it("names the classes by their ids where classes.txt is not there", async () => {
    const { classes } = await loadTree(without("classes.txt"));
    expect(classes).toEqual(["1", "2", "10"]);
  });

  it("reads lines that end as on Windows", async () => {
    const lines = Object.entries(tree).map(([path, content]) => [
      path,
      typeof content === "string" ? content.replaceAll("\n", "\r\n") : content,
    ]);
    const data = await loadTree(Object.fromEntries(lines) as Tree);
    expect(data.paths).toHaveLength(4);
    expect(data.classes).toEqual(["001.Wren", "002.Zebra finch", "010.Ant bird"]);
  });

  it.each([
    { gone: "image_class_labels.txt", found: "images.txt" },
    { gone: "images.txt", found: "image_class_labels.txt" },
    { gone: "images/", found: "images.txt" },
  ])("says that $gone is missing", async ({ gone, found }) => {
    const error: unknown = await loadTree(without(gone)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    const name = gone.replace("/", "");
    expect(String(error)).toContain(
      `looks like CUB-200-2011 (it has ${found}) but ${name} is missing`,
    );
  });

  it("names an image that is not there, and says how many are not", async () => {
    await expect(loadTree(without("images/001.Wren/"))).rejects.toThrow(
      /of 4 images that CUB-200-2011 lists, 2 are missing, first images\/001\.Wren\/d\.jpg/,
    );
    await expect(loadTree(without("images/010"))).rejects.toThrow("lists, 1 is missing");
  });

  it("names the line that does not parse", async () => {
    const broken = { ...tree, "image_class_labels.txt": "4 1\n3 1\n2 ten\n1 2\n" };
    await expect(loadTree(broken)).rejects.toThrow(UserError);
    await expect(loadTree(broken)).rejects.toThrow(
      /image_class_labels\.txt:3 should be "<image id> <class id>", not "2 ten"/,
    );
  });

  it("names the line of an image without a class, and an image that is listed twice", async () => {
    const unlabelled = { ...tree, "image_class_labels.txt": "4 1\n3 1\n1 2\n" };
    await expect(loadTree(unlabelled)).rejects.toThrow(
      /images\.txt:2: image_class_labels\.txt has no class for image 2/,
    );
    const twice = { ...tree, "images.txt": "1 001.Wren/d.jpg\n3 001.Wren/d.jpg\n" };
    await expect(loadTree(twice)).rejects.toThrow("lists images/001.Wren/d.jpg twice");
  });
});
