import { describe, expect, it } from "vitest";
import { UserError } from "../../../../trainer/error.ts";
import { greysByClass, loadTree, type Tree } from "../../../oracles/trees.ts";

const HEADER = "image_id class_id super_class_id path\n";

const tree: Tree = {
  "Ebay_train.txt": `${HEADER}1 9 1 bicycle_final/1_0.JPG\n2 9 1 bicycle_final/1_1.JPG\n3 10 2 sofa_final/2_0.JPG\n`,
  "Ebay_test.txt": `${HEADER}4 3 1 bicycle_final/3_0.JPG\n`,
  "bicycle_final/1_0.JPG": 60,
  "bicycle_final/1_1.JPG": 120,
  "sofa_final/2_0.JPG": 180,
  "bicycle_final/3_0.JPG": 240,
};

const without = (path: string): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => name !== path));

describe("Stanford Online Products", () => {
  it("gives the classes as listed, those of Ebay_train.txt in front", async () => {
    const data = await loadTree(tree);
    expect(data.layout).toBe("Stanford Online Products");
    expect(data.classes).toEqual(["9", "10", "3"]);
    expect(data.trainClasses).toBe(2);
    expect(greysByClass(data)).toEqual({ "9": [60, 120], "10": [180], "3": [240] });
  });

  it.each([
    { missing: "Ebay_test.txt", found: "Ebay_train.txt" },
    { missing: "Ebay_train.txt", found: "Ebay_test.txt" },
  ])("says that $missing is missing", async ({ missing, found }) => {
    await expect(loadTree(without(missing))).rejects.toThrow(UserError);
    await expect(loadTree(without(missing))).rejects.toThrow(
      `looks like Stanford Online Products (it has ${found}) but ${missing} is missing`,
    );
  });

  it("names an image that is not there", async () => {
    await expect(loadTree(without("sofa_final/2_0.JPG"))).rejects.toThrow(
      "1 is missing, first sofa_final/2_0.JPG",
    );
  });

  it("names the line that does not parse, and a header that is not there", async () => {
    const broken = { ...tree, "Ebay_test.txt": `${HEADER}4 3 bicycle_final/3_0.JPG\n` };
    await expect(loadTree(broken)).rejects.toThrow(
      /Ebay_test\.txt:2 should be "image_id class_id super_class_id path", not "4 3 bicycle/,
    );
    const headless = { ...tree, "Ebay_test.txt": "4 3 1 bicycle_final/3_0.JPG\n" };
    await expect(loadTree(headless)).rejects.toThrow(/Ebay_test\.txt:1 should be "image_id/);
  });

  it("refuses a class that both trains and tests", async () => {
    const both = { ...tree, "Ebay_test.txt": `${HEADER}4 10 1 bicycle_final/3_0.JPG\n` };
    await expect(loadTree(both)).rejects.toThrow(UserError);
    await expect(loadTree(both)).rejects.toThrow(
      /Ebay_test\.txt:2: class 10 is in Ebay_train\.txt as well/,
    );
  });
});
