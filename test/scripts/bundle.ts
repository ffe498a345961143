import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestProject } from "vitest/node";
import { bundlePrograms } from "../../scripts/harness/pack/programs.ts";
import { ROOT } from "./command.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the bundled commands, such as train.mjs, and of MODULES. */
    commands: string;
  }
}

/** Modules that tests import in processes of their own. */
const MODULES = { open: "trainer/backends/open.ts" };

/** Packages that read files of their own. */
const EXTERNAL = ["esbuild", "miniflare", "sharp", "wrangler"];

/** A bundled command finds the files of the repository where its source would. */
const keepUrls = (source: string, path: string) =>
  source.replace(
    /(?<!new URL\(\s*"[^"]+\.(?:ts|wasm)",\s*)import\.meta\.url/g,
    JSON.stringify(pathToFileURL(path).href),
  );

/**
 * Bundles the commands once for all tests: Node takes four times as long to load their TypeScript.
 * It does so again before a rerun.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cache = join(ROOT, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  // Within the repository, where Node finds the packages that are not bundled.
  const folder = await mkdtemp(join(cache, "commands-"));
  const scripts = (await readdir(join(ROOT, "scripts"))).filter((name) => name.endsWith(".ts"));
  const commands = scripts.map((name) => [name.slice(0, -3), join("scripts", name)] as const);
  const paths = [...commands, ...Object.entries(MODULES)];
  const entries = Object.fromEntries(
    paths.map(([name, path]) => [name, join(ROOT, path)] as const),
  );
  const bundle = () => bundlePrograms(folder, entries, EXTERNAL, keepUrls);
  await bundle();
  project.onTestsRerun(async () => {
    await bundle();
  });
  project.provide("commands", folder);
  return () => rm(folder, { recursive: true });
}
