/** Packages that cannot be bundled, because they have native libraries: the archive's node_modules. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import * as z from "zod";

const INSTALLED = "node_modules";

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  main: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

async function describe(name: string): Promise<z.infer<typeof packageSchema>> {
  const text = await readFile(join(INSTALLED, name, "package.json"), "utf8");
  return packageSchema.parse(JSON.parse(text));
}

/** Files that nothing reads at run time. */
const IDLE = /\.(d\.[cm]?ts|map|h|cc|cpp|gyp)$|\/(README\.md|src|install|include)$/;

/** Copies a package with its installed dependencies. */
async function copyPackage(name: string, target: string): Promise<void> {
  const folder = join(target, name);
  if (existsSync(folder) || !existsSync(join(INSTALLED, name))) return;
  await cp(join(INSTALLED, name), folder, {
    recursive: true,
    dereference: true,
    filter: (path) => !IDLE.test(path),
  });
  const { dependencies, optionalDependencies } = await describe(name);
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
    await copyPackage(needed, target);
  }
}

/** The folders of the packages to which these files belong. */
export function packagesOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)];
}

/**
 * Bundles a package and its dependencies into a package of one file.
 *
 * @returns the folders of the packages in it
 */
async function bundlePackage(name: string, target: string, alias: Record<string, string> = {}) {
  const { version, main = "index.js" } = await describe(name);
  const folder = join(target, name);
  const { metafile } = await build({
    entryPoints: [join(INSTALLED, name, main)],
    outfile: join(folder, "dist/index.js"),
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node20",
    alias,
    metafile: true,
    logLevel: "error",
  });
  const description = JSON.stringify({ name, version, main: "dist/index.js" });
  await writeFile(join(folder, "package.json"), description);
  return packagesOf(Object.keys(metafile.inputs));
}

const ADDON = "lib/napi-v8/tfjs_binding.node";

/** Whether the addon for TensorFlow is installed, so that it can be packed. */
export const hasCuda = existsSync(join(INSTALLED, "@tensorflow/tfjs-node-gpu", ADDON));

/** Packs the addon for TensorFlow, but not TensorFlow itself. */
async function packCuda(target: string): Promise<string[]> {
  const name = "@tensorflow/tfjs-node-gpu";
  // It finds the addon in the archive, without the package that installs the addon.
  const finder = join(import.meta.dirname, "finder.ts");
  const bundled = await bundlePackage(name, target, { "@mapbox/node-pre-gyp": finder });
  const addon = join(target, name, ADDON);
  await mkdir(dirname(addon), { recursive: true });
  await cp(join(INSTALLED, name, ADDON), addon);
  return bundled;
}

const DAWN = `dist/${process.platform}-${process.arch}`;
const WEBGPU_BACKEND = "@tensorflow/tfjs-backend-webgpu";

const hasWebGpu =
  existsSync(join(INSTALLED, "webgpu", DAWN)) && existsSync(join(INSTALLED, WEBGPU_BACKEND));

/** Packs Dawn, only for this platform. */
async function packWebGpu(target: string): Promise<string[]> {
  const folder = join(target, "webgpu");
  await mkdir(join(folder, "dist"), { recursive: true });
  for (const part of ["index.js", "package.json", "LICENSE.md", DAWN]) {
    await cp(join(INSTALLED, "webgpu", part), join(folder, part), { recursive: true });
  }
  return bundlePackage(WEBGPU_BACKEND, target);
}

/**
 * @param target the archive's node_modules
 * @returns the folders of the packages that are bundled, and so have no folder in the archive
 */
export async function packPackages(target: string): Promise<string[]> {
  await copyPackage("sharp", target);
  return [
    ...(hasCuda ? await packCuda(target) : []),
    ...(hasWebGpu ? await packWebGpu(target) : []),
  ];
}

/** Copies the licences of packages. @param folders of the packages, some perhaps twice */
export async function packLicences(folders: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const folder of folders) {
    const files = await readdir(folder);
    const licence = files.find((file) => /^licen[cs]e/i.test(file));
    const name = folder.split("node_modules/").slice(-1)[0]!.replaceAll("/", "-");
    if (licence) await cp(join(folder, licence), join(target, name));
  }
}
