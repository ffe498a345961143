/** Where the headers and shared libraries of a libtensorflow are. */
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../../../trainer/error.ts";
import { runCommand } from "./command.ts";

/** Absolute paths. */
export interface Library {
  /** The folder that holds `tensorflow/c/c_api.h`. */
  include: string;
  /** The addon links each as `-l<name>`; `file` is the name of its file. */
  libraries: { name: string; file: string; path: string }[];
}

/** In wheels the C API is in libtensorflow_cc; in archives of the C library, in libtensorflow. */
const NAMES = [
  { name: "tensorflow", pattern: /^libtensorflow(_cc)?\.so(\.2[\d.]*)?$/ },
  { name: "tensorflow_framework", pattern: /^libtensorflow_framework\.so(\.2[\d.]*)?$/ },
];

const EXTRACTED = resolve(".cache/libtensorflow");

/**
 * @param path a folder, or a .tar.gz, which is unpacked to .cache/libtensorflow
 * @throws UserError that says what is missing
 */
export async function openLibrary(path: string): Promise<Library> {
  if (!existsSync(path)) throw new UserError(`--libtensorflow: there is no ${path}`);
  const folder = statSync(path).isDirectory() ? resolve(path) : await unpack(path);
  const include = join(folder, "include");
  const header = join(include, "tensorflow/c/eager/c_api.h");
  if (!existsSync(header)) {
    throw new UserError(
      `--libtensorflow: ${path} has no include/tensorflow/c/eager/c_api.h; give the folder that ` +
        "holds include/ and the libraries, in a wheel the one named tensorflow",
    );
  }
  const found = await Promise.all(
    [folder, join(folder, "lib")].map(async (place) =>
      (existsSync(place) ? await readdir(place) : []).map((file) => ({ place, file })),
    ),
  );
  const libraries = NAMES.map(({ name, pattern }) => {
    // libx.so and libx.so.2 are links to libx.so.2.21.0: the longest name is the file itself.
    const [match] = found
      .flat()
      .filter(({ file }) => pattern.test(file))
      .sort((a, b) => b.file.length - a.file.length);
    if (!match) {
      throw new UserError(
        `--libtensorflow: ${path} has no lib${name}.so.2 of TensorFlow 2, beside include/ or in lib/`,
      );
    }
    return { name, file: match.file, path: join(match.place, match.file) };
  });
  return { include, libraries };
}

async function unpack(archive: string): Promise<string> {
  if (!/\.(tar\.gz|tgz)$/.test(archive)) {
    throw new UserError(`--libtensorflow: ${archive} is neither a folder nor a .tar.gz`);
  }
  await rm(EXTRACTED, { recursive: true, force: true });
  await mkdir(EXTRACTED, { recursive: true });
  await runCommand("tar", ["-xzf", resolve(archive), "-C", EXTRACTED]);
  return EXTRACTED;
}
