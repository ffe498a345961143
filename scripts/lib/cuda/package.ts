/** The steps that make @tensorflow/tfjs-node-gpu run on the user's own libtensorflow. */
import { existsSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { runCommand } from "./command.ts";
import type { Library } from "./library.ts";

const PACKAGE = resolve("node_modules/@tensorflow/tfjs-node-gpu");

/** Installs the package as the lockfile has it, without its own download of TensorFlow 2.9. */
export async function installPackage(): Promise<void> {
  if (existsSync(PACKAGE)) return;
  await runCommand("npm", ["install", "--no-save", "--ignore-scripts", "--include=optional"]);
}

/** Puts headers and libraries where the package's build and its addon look for them. */
export async function linkLibrary({ include, libraries }: Library): Promise<void> {
  const deps = join(PACKAGE, "deps");
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, "lib"), { recursive: true });
  await symlink(include, join(deps, "include"));
  for (const { name, file, path } of libraries) {
    await symlink(path, join(deps, "lib", file));
    // The compiler links the plain name; the addon records the library's own name, which ends in .so.2.
    const plain = `lib${name}.so`;
    if (plain !== file) await symlink(file, join(deps, "lib", plain));
    const recorded = file.replace(/\.so.*$/, ".so.2");
    if (recorded !== file) await symlink(file, join(deps, "lib", recorded));
  }
}

/** Compiles the package's addon. @throws UserError with the end of the compiler's output */
export async function buildAddon(): Promise<void> {
  const prefix = dirname(dirname(process.execPath));
  // Many installations of Node include the headers that node-gyp would download.
  const local = existsSync(join(prefix, "include/node/node_api.h"));
  await runCommand(resolve("node_modules/.bin/node-pre-gyp"), ["install", "--build-from-source"], {
    cwd: PACKAGE,
    env: { ...process.env, ...(local && { npm_config_nodedir: prefix }) },
  });
}

const foundSchema = z.object({ version: z.string(), gpu: z.boolean() });

/** Loads the addon in a process of its own. @throws UserError if it does not load */
export async function loadAddon(): Promise<z.infer<typeof foundSchema>> {
  const program =
    'import { openCuda } from "./trainer/backends/cuda.ts";' +
    "console.log(JSON.stringify(await openCuda()))";
  const args = ["--import", "tsx", "--input-type=module", "-e", program];
  const printed = await runCommand(process.execPath, args);
  return foundSchema.parse(JSON.parse(printed.trim().split("\n").slice(-1)[0]!));
}
