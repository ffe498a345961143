import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { openLibrary } from "../../../../scripts/lib/cuda/library.ts";
import { UserError } from "../../../../trainer/error.ts";
import { plant, type Tree } from "../../../oracles/trees.ts";
import { Command, ROOT, TSX } from "../../command.ts";

const HEADER = "include/tensorflow/c/eager/c_api.h";

/** As in a pip wheel, in its folder `tensorflow`. */
const wheel: Tree = {
  [HEADER]: "",
  "libtensorflow_cc.so.2": "",
  "libtensorflow_framework.so.2": "",
  "__init__.py": "",
};

/** As in the archives of the C library, where two of three names are links. */
const cLibrary: Tree = {
  [HEADER]: "",
  "lib/libtensorflow.so": "",
  "lib/libtensorflow.so.2": "",
  "lib/libtensorflow.so.2.18.0": "",
  "lib/libtensorflow_framework.so": "",
  "lib/libtensorflow_framework.so.2": "",
  "lib/libtensorflow_framework.so.2.18.0": "",
};

const without = (tree: Tree, ...paths: string[]): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !paths.includes(path)));

describe("a libtensorflow", () => {
  it("is found in a wheel", async () => {
    const root = await plant(wheel);
    expect(await openLibrary(root)).toEqual({
      include: join(root, "include"),
      libraries: [
        {
          name: "tensorflow",
          file: "libtensorflow_cc.so.2",
          path: join(root, "libtensorflow_cc.so.2"),
        },
        {
          name: "tensorflow_framework",
          file: "libtensorflow_framework.so.2",
          path: join(root, "libtensorflow_framework.so.2"),
        },
      ],
    });
  });

  it("is found in the C library's folder, by the file and not by a link to it", async () => {
    const root = await plant(cLibrary);
    const { include, libraries } = await openLibrary(root);
    expect(include).toBe(join(root, "include"));
    expect(libraries).toEqual(
      ["tensorflow", "tensorflow_framework"].map((name) => {
        const file = `lib${name}.so.2.18.0`;
        return { name, file, path: join(root, "lib", file) };
      }),
    );
  });

  it("is found where only the plain names are there", async () => {
    const root = await plant({
      [HEADER]: "",
      "lib/libtensorflow.so": "",
      "lib/libtensorflow_framework.so": "",
    });
    const { libraries } = await openLibrary(root);
    expect(libraries.map(({ file }) => file)).toEqual([
      "libtensorflow.so",
      "libtensorflow_framework.so",
    ]);
  });

  it("is unpacked from a .tar.gz, in place of one unpacked before", async () => {
    const [root, work] = [
      await plant(cLibrary),
      await plant({ ".cache/libtensorflow/old": "old" }),
    ];
    const archive = join(work, "libtensorflow.tar.gz");
    await promisify(execFile)("tar", ["-czf", archive, "-C", root, "."]);
    // Unpacks into the working directory's cache, which is not to be the repository's.
    const module = pathToFileURL(join(ROOT, "scripts/lib/cuda/library.ts")).href;
    const program = `
      import { readdirSync } from "node:fs";
      import { openLibrary } from ${JSON.stringify(module)};
      const library = await openLibrary("libtensorflow.tar.gz");
      console.log(JSON.stringify([library, readdirSync(".cache/libtensorflow")]));`;
    const { stdout, stderr } = await new Command(
      ["--import", TSX, "--input-type=module", "-e", program],
      work,
    ).ended;
    expect(stderr).toBe("");
    const unpacked = join(work, ".cache/libtensorflow");
    expect(JSON.parse(stdout)).toEqual([
      {
        include: join(unpacked, "include"),
        libraries: ["tensorflow", "tensorflow_framework"].map((name) => {
          const file = `lib${name}.so.2.18.0`;
          return { name, file, path: join(unpacked, "lib", file) };
        }),
      },
      ["include", "lib"],
    ]);
  });
});

describe("what is no libtensorflow", () => {
  it.each<[string, Tree, string]>([
    ["without the header", without(wheel, HEADER), `has no ${HEADER}; give the folder that holds`],
    [
      "without the library",
      without(wheel, "libtensorflow_cc.so.2"),
      "has no libtensorflow.so.2 of TensorFlow 2, beside include/ or in lib/",
    ],
    [
      "without its framework",
      without(wheel, "libtensorflow_framework.so.2"),
      "has no libtensorflow_framework.so.2 of TensorFlow 2",
    ],
    [
      "of TensorFlow 1",
      {
        [HEADER]: "",
        "lib/libtensorflow.so.1.15.0": "",
        "lib/libtensorflow_framework.so.1.15.0": "",
      },
      "has no libtensorflow.so.2 of TensorFlow 2",
    ],
  ])("is refused: a folder %s", async (_, tree, message) => {
    const root = await plant(tree);
    const opened = openLibrary(root);
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(`--libtensorflow: ${root} ${message}`);
  });

  it("is refused: a path where there is nothing", async () => {
    const path = join(await plant({}), "libtensorflow");
    await expect(openLibrary(path)).rejects.toThrow(`--libtensorflow: there is no ${path}`);
  });

  it("is refused: a file that is no archive", async () => {
    const path = join(await plant({ "tensorflow.whl": "" }), "tensorflow.whl");
    await expect(openLibrary(path)).rejects.toThrow(
      `--libtensorflow: ${path} is neither a folder nor a .tar.gz`,
    );
  });
});
