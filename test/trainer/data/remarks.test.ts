import { chmod, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../trainer/error.ts";
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
      "Ignored 3 links that lead back to the folder of the classes: above, again, top",
      "Ignored 1 link to a folder that is listed already: aardvark",
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
    expect(remarks).toEqual(["Ignored 1 link that leads back to the folder of the classes: again"]);
  });

  it("to classes elsewhere are classes, each place once", async () => {
    const elsewhere = await plant({ "cat/c.png": 60, "..dog/d.png": 60 });
    const root = await plant(PHOTOS);
    for (const name of ["cat", "kitten"]) await symlink(join(elsewhere, "cat"), join(root, name));
    await symlink(join(elsewhere, "..dog"), join(root, "dog"));
    const { records, remarks } = await listImages(root);
    expect(records.map(({ className }) => className)).toEqual(["ant", "bee", "cat", "dog"]);
    expect(remarks).toEqual(["Ignored 1 link to a folder that is listed already: kitten"]);
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

it("there is nothing to say of a folder that holds classes alone", async () => {
  expect((await list(PHOTOS)).remarks).toEqual([]);
});
