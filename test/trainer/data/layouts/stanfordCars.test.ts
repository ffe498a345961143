import { describe, expect, it } from "vitest";
import { UserError } from "../../../../trainer/error.ts";
import { matFile } from "../../../oracles/mat.ts";
import { greysByClass, loadTree, type Tree } from "../../../oracles/trees.ts";

const box = { bbox_x1: [30], bbox_y1: [52], bbox_x2: [246], bbox_y2: [1147] };
const NAMES = { class_names: { cell: ["AM General Hummer", "Ram C/V Cargo Van", "Audi TT"] } };

const compressed = { compressed: true };

const merged: Tree = {
  "cars_annos.mat": matFile(
    {
      annotations: {
        struct: [
          { relative_im_path: "car_ims/000001.jpg", ...box, class: [3], test: [0] },
          { relative_im_path: "car_ims/000002.jpg", ...box, class: [1], test: [1] },
          { relative_im_path: "car_ims/000003.jpg", ...box, class: [2], test: [0] },
          { relative_im_path: "car_ims/000004.jpg", ...box, class: [1], test: [0] },
        ],
      },
      ...NAMES,
    },
    compressed,
  ),
  "car_ims/000001.jpg": 60,
  "car_ims/000002.jpg": 120,
  "car_ims/000003.jpg": 180,
  "car_ims/000004.jpg": 240,
};

const part = (...annotations: [fname: string, id: number][]) =>
  matFile(
    {
      annotations: {
        struct: annotations.map(([fname, id]) => ({ ...box, class: [id], fname })),
      },
    },
    compressed,
  );

const trainPart: Tree = {
  "devkit/cars_meta.mat": matFile(NAMES),
  "devkit/cars_train_annos.mat": part(["00001.jpg", 2], ["00002.jpg", 1]),
  "cars_train/00001.jpg": 60,
  "cars_train/00002.jpg": 120,
};

const testPart: Tree = {
  "cars_test_annos_withlabels.mat": part(["00001.jpg", 3], ["00002.jpg", 1]),
  "cars_test/00001.jpg": 180,
  "cars_test/00002.jpg": 240,
};

const without = (tree: Tree, path: string): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => !name.startsWith(path)));

const failure = (tree: Tree) => loadTree(tree).catch((reason: unknown) => reason);

describe("Stanford Cars", () => {
  it("reads all images of cars_annos.mat, classes by id under their names", async () => {
    const data = await loadTree(merged);
    expect(data.layout).toBe("Stanford Cars");
    expect(data.classes).toEqual(NAMES.class_names.cell);
    expect(greysByClass(data)).toEqual({
      "AM General Hummer": [120, 240],
      "Ram C/V Cargo Van": [180],
      "Audi TT": [60],
    });
    expect(data.trainClasses).toBeUndefined();
  });

  it("reads both parts of the devkit's form", async () => {
    const data = await loadTree({ ...trainPart, ...testPart });
    expect(data.layout).toBe("Stanford Cars");
    expect(data.classes).toEqual(NAMES.class_names.cell);
    expect(greysByClass(data)).toEqual({
      "AM General Hummer": [240, 120],
      "Ram C/V Cargo Van": [60],
      "Audi TT": [180],
    });
  });

  it("takes the train part alone, and ids where no names are there", async () => {
    expect((await loadTree(trainPart)).classes).toEqual(NAMES.class_names.cell.slice(0, 2));
    expect((await loadTree(without(trainPart, "devkit/cars_meta.mat"))).classes).toEqual([
      "1",
      "2",
    ]);
  });

  it.each([
    { tree: without(merged, "cars_annos.mat"), found: "car_ims", missing: "cars_annos.mat" },
    { tree: without(merged, "car_ims"), found: "cars_annos.mat", missing: "car_ims" },
    {
      tree: without(trainPart, "devkit/cars_train_annos.mat"),
      found: "cars_train",
      missing: "devkit/cars_train_annos.mat",
    },
    {
      tree: without(trainPart, "cars_train"),
      found: "devkit/cars_train_annos.mat",
      missing: "cars_train",
    },
    {
      tree: { ...trainPart, ...without(testPart, "cars_test/") },
      found: "cars_test_annos_withlabels.mat",
      missing: "cars_test",
    },
    {
      tree: { ...trainPart, ...without(testPart, "cars_test_annos") },
      found: "cars_test",
      missing: "cars_test_annos_withlabels.mat",
    },
  ])("says that $missing is missing beside $found", async ({ tree, found, missing }) => {
    const error = await failure(tree);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(
      `looks like Stanford Cars (it has ${found}) but ${missing} is missing`,
    );
  });

  it("names an image that is not there", async () => {
    expect(String(await failure(without(merged, "car_ims/000003.jpg")))).toContain(
      "of 4 images that Stanford Cars lists, 1 is missing, first car_ims/000003.jpg",
    );
  });

  it("names the field that annotations lack, as the unlabelled test file does", async () => {
    const unlabelled = matFile({ annotations: { struct: [{ ...box, fname: "00001.jpg" }] } });
    const error = await failure({ ...trainPart, "devkit/cars_train_annos.mat": unlabelled });
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/devkit\/cars_train_annos\.mat: annotations\.0\.class: /);
  });
});
