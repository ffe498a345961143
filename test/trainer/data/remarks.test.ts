import { describe, expect, it } from "vitest";
import { listImages } from "../../../trainer/data/layouts/recognise.ts";
import { loadTree, plant, type Tree } from "../../oracles/trees.ts";

const PHOTOS: Tree = { "ant/a.png": 60, "bee/b.png": 120 };

const list = async (tree: Tree) => listImages(await plant(tree));

describe("what other programs leave in a folder", () => {
  const left: Tree = {
    ".ipynb_checkpoints/a-checkpoint.png": 60,
    "__MACOSX/ant/._a.png": "AppleDouble",
    "@eaDir/a.png": 60,
    "ant/.thumbnails/a.png": 60,
    "$RECYCLE.BIN/a.png": 60,
    ".DS_Store": "",
    "ant/._a.png": "AppleDouble",
    "ant/Thumbs.db": "",
    "bee/desktop.ini": "",
  };

  it("is no class and no image, and is said once", async () => {
    const { records, remarks } = await list({ ...PHOTOS, ...left });
    expect(records.map(({ path }) => path)).toEqual(["ant/a.png", "bee/b.png"]);
    expect(remarks).toEqual([
      "Ignored 5 folders of other programs: $RECYCLE.BIN, .ipynb_checkpoints, @eaDir and 2 more",
      "Ignored 4 files of other programs: .DS_Store, ant/._a.png, ant/Thumbs.db and 1 more",
    ]);
  });

  it("does not change how a folder is laid out, nor its fingerprint", async () => {
    const wrapped = { "images/ant/a.png": 60, "images/bee/b.png": 120 };
    const data = await loadTree({ ...wrapped, "images/._a.png": "AppleDouble", ".git/HEAD": "" });
    expect(data.paths).toEqual(["images/ant/a.png", "images/bee/b.png"]);
    expect(data.fingerprint).toBe((await loadTree(wrapped)).fingerprint);
    expect(data.remarks).toEqual(["Ignored 1 file of another program: images/._a.png"]);
  });

  it("is none of the classes of ImageNet", async () => {
    const { layout, records, remarks } = await list({
      "train/n1/a.JPEG": 60,
      "train/.ipynb_checkpoints/a.JPEG": 60,
      "val/n2/b.JPEG": 120,
      "val/._b.JPEG": "AppleDouble",
    });
    expect(layout).toBe("ImageNet (train/, val/)");
    expect(records.map(({ className }) => className)).toEqual(["n1", "n2"]);
    expect(remarks).toEqual([
      "Ignored 1 folder of another program: train/.ipynb_checkpoints",
      "Ignored 1 file of another program: val/._b.JPEG",
    ]);
  });
});

it("there is nothing to say of a folder that holds classes alone", async () => {
  expect((await list(PHOTOS)).remarks).toEqual([]);
});
