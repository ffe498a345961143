import { chmod, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../trainer/error.ts";
import { listImages } from "../../../trainer/data/layouts/recognise.ts";
import { greysByClass, loadTree, plant, type Tree } from "../../oracles/trees.ts";

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
    expect(data.remarks).toEqual([
      "Ignored 1 folder of another program: .git",
      "Ignored 1 file of another program: images/._a.png",
    ]);
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

describe("links", () => {
  it("that lead back to the classes, or to a class that is listed, are no classes", async () => {
    const root = await plant(PHOTOS);
    await symlink(".", join(root, "again"));
    await symlink("..", join(root, "above"));
    await symlink("/", join(root, "top"));
    await symlink(join(root, "ant"), join(root, "aardvark"));
    const { records, remarks } = await listImages(root);
    expect(records.map(({ path }) => path)).toEqual(["ant/a.png", "bee/b.png"]);
    expect(remarks).toEqual([
      "Ignored 3 links that lead back to the folder they are in: above, again, top",
      "Ignored 1 link to a class folder: aardvark",
    ]);
  });

  it("that lead back do not change how a folder is laid out", async () => {
    const root = await plant({ "images/ant/a.png": 60 });
    await symlink(".", join(root, "again"));
    await symlink("..", join(root, "images", "ant", "above"));
    const { records, remarks } = await listImages(root);
    expect(records.map(({ path }) => path)).toEqual(["images/ant/a.png"]);
    expect(remarks).toEqual([
      "Ignored 2 links that lead back to the folder they are in: again, images/ant/above",
    ]);
  });

  it("are followed by a path that is a link itself", async () => {
    const root = await plant(PHOTOS);
    const link = `${root}-link`;
    await symlink(root, link);
    await symlink(root, join(root, "again"));
    const { records, remarks } = await listImages(link);
    await rm(link);
    expect(records).toHaveLength(2);
    expect(remarks).toEqual(["Ignored 1 link that leads back to the folder it is in: again"]);
  });

  it("to classes elsewhere are classes, each place once", async () => {
    const elsewhere = await plant({ "cat/c.png": 60, "..dog/d.png": 60 });
    const root = await plant(PHOTOS);
    for (const name of ["cat", "kitten"]) await symlink(join(elsewhere, "cat"), join(root, name));
    await symlink(join(elsewhere, "..dog"), join(root, "dog"));
    const { records, remarks } = await listImages(root);
    expect(records.map(({ className }) => className)).toEqual(["ant", "bee", "cat", "dog"]);
    expect(remarks).toEqual(["Ignored 1 link to a class folder: kitten"]);
  });

  it("that lead nowhere are said, whether they were a class or an image", async () => {
    const root = await plant(PHOTOS);
    await symlink("/nowhere", join(root, "cat"));
    await symlink("cat", join(root, "ant", "b.png"));
    await symlink("self.png", join(root, "bee", "self.png"));
    const { records, remarks } = await listImages(root);
    expect(records).toHaveLength(2);
    expect(remarks).toEqual(["Ignored 3 links that lead nowhere: ant/b.png, bee/self.png, cat"]);
  });
});

describe("a folder that may not be read", () => {
  /** Root may read everything, so it works as somebody else for a while. */
  async function asNobody<T>(work: () => Promise<T>): Promise<T> {
    const me = process.geteuid?.();
    if (me === 0) process.seteuid?.(65_534);
    try {
      return await work();
    } finally {
      if (me === 0) process.seteuid?.(0);
    }
  }

  it("is said where it is a class, and refused where it is the whole", async () => {
    const root = await plant(PHOTOS);
    await chmod(root, 0o755);
    await chmod(join(root, "ant"), 0);
    const { records, remarks } = await asNobody(() => listImages(root));
    expect(records.map(({ path }) => path)).toEqual(["bee/b.png"]);
    expect(remarks).toEqual(["Ignored 1 folder without permission to read: ant"]);
    await chmod(root, 0o111);
    const refused = asNobody(() => listImages(root));
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(
      `cannot read the folder ${root}: no permission to read it`,
    );
    await chmod(root, 0o700);
    await chmod(join(root, "ant"), 0o700);
  });
});

describe("what lies where no layout reads", () => {
  it("is said where the classes are folders of the root", async () => {
    const { remarks } = await list({
      ...PHOTOS,
      "README.md": "about them",
      "loose.png": 60,
      "ant/small/a.png": 60,
      "ant/a.tiff": "of another format",
      "bee/b.xml": "about it",
      "cat/c.bmp": "of another format",
    });
    expect(remarks).toEqual([
      "Ignored 1 image outside the class folders: loose.png",
      "Ignored 1 folder inside a class folder: ant/small",
      "Ignored 1 class folder without images: cat",
      "Ignored 3 files that are not .jpg, .png, .webp, .avif, .heic or .gif: ant/a.tiff, bee/b.xml, cat/c.bmp",
    ]);
  });

  it("is said where they lie deeper", async () => {
    const wrapped = await list({ "images/ant/a.png": 60, "b.png": 60, "images/README.md": "" });
    expect(wrapped.remarks).toEqual(["Ignored 1 image outside the class folders: b.png"]);
    const { remarks } = await list({
      "train/n1/a.JPEG": 60,
      "train/b.JPEG": 60,
      "val/n1/c.JPEG": 60,
      "test/d.JPEG": 60,
      "e.JPEG": 60,
      "LOC_synset_mapping.txt": "n1 a thing",
    });
    expect(remarks).toEqual([
      "Ignored 2 images outside the class folders: e.JPEG, train/b.JPEG",
      "Ignored 1 folder beside those of the classes: test",
    ]);
  });

  it("is said where a file lists the images", async () => {
    const lines = [
      "path\tclass\tsplit",
      "x/a.png\tant\ttrain",
      "x/.d\tant\ttrain",
      "x/../b.png\tbee\ttest",
    ];
    const { records, remarks } = await list({
      "list.tsv": lines.join("\n"),
      "x/a.png": 60,
      "x/c.png": 60,
      "x/._a.png": "AppleDouble",
      "x/notes.txt": "",
      "x/.d": 60,
      "b.png": 60,
    });
    expect(records).toHaveLength(3);
    expect(remarks).toEqual(["Ignored 1 image that the data set does not list: x/c.png"]);
  });

  it("is part of the error where it is all there is", async () => {
    const error = list({ "a.png": 60, "b.png": 120 });
    await expect(error).rejects.toThrow(UserError);
    await expect(error).rejects.toThrow(
      /holds no images in class folders: put .*\. Ignored 2 images outside the class folders: a\.png, b\.png$/,
    );
  });
});

describe("names that differ only in their Unicode normalisation", () => {
  const [nfc, nfd] = ["Caf\u00e9", "Cafe\u0301"];
  const said =
    "Took 1 name as one class although it is spelled in several Unicode normalisations: Caf\u00e9";

  it("are one class, which is said", async () => {
    const data = await loadTree({
      [`${nfc}/a.png`]: 60,
      [`${nfd}/b.png`]: 120,
      "Cafz/c.png": 180,
    });
    expect(data.classes).toEqual(["Cafz", nfc]);
    expect(greysByClass(data)).toEqual({ Cafz: [180], [nfc]: [120, 60] });
    expect(data.remarks).toEqual([said]);
  });

  it("are one class in train/ and val/ of ImageNet", async () => {
    const data = await loadTree({
      [`train/${nfd}/a.png`]: 60,
      "train/Cafz/c.png": 180,
      [`val/${nfc}/b.png`]: 120,
    });
    expect(greysByClass(data)).toEqual({ Cafz: [180], [nfc]: [60, 120] });
    expect(data.remarks).toEqual([said]);
  });

  it("are one class in a list, which trains or tests", async () => {
    const tree = (role: string): Tree => ({
      "list.tsv": `path\tclass\tsplit\na.png\t${nfc}\ttrain\nb.png\t${nfd}\t${role}\n`,
      "a.png": 60,
      "b.png": 120,
    });
    const data = await loadTree(tree("train"));
    expect(data.trainClasses).toBe(1);
    expect(greysByClass(data)).toEqual({ [nfc]: [60, 120] });
    expect(data.remarks).toEqual([said]);
    await expect(loadTree(tree("test"))).rejects.toThrow("is in test, above in train");
  });

  it("in one spelling give the order of any other, and nothing to say", async () => {
    const order = async (name: string) => {
      const { classes, remarks } = await loadTree({ [`${name}/a.png`]: 60, "Cafz/c.png": 180 });
      expect(remarks).toEqual([]);
      return classes;
    };
    expect(await order(nfd)).toEqual(await order(nfc));
  });
});

it("there is nothing to say of a folder that holds classes alone", async () => {
  expect((await list(PHOTOS)).remarks).toEqual([]);
});
