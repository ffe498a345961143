/** The trainer's code as JavaScript: an entry, and a file for each program that it starts. */
import { cp, readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { hasCuda, packagesOf } from "./packages.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** How the trainer names a program of its own, for a thread or a process. */
const PROGRAM = /new URL\("([\w-]+\.ts)", import\.meta\.url\)/g;

const nameOf = (path: string) => relative(ROOT, path).replace(/\.ts$/, "").replaceAll("/", "-");

const REMEDY = hasCuda
  ? "Set PDDM_LIBTENSORFLOW to the folder with its libraries (any TensorFlow 2)"
  : "It was not packed: run `setup-cuda` before `pack-trainer`";

/** What a person reads: there is no npm where the archive is. */
const say = (source: string) =>
  source
    .replace(/Build it with `npm run setup-cuda[^`]*` \(any TensorFlow 2\)/g, REMEDY)
    .replace(/npm run (?:--silent )?([a-z-]+)(?: --(?=[\s"`$]))?/g, "pddm $1");

const packed: Plugin = {
  name: "packed",
  setup: (build) => {
    build.onLoad({ filter: /\/(trainer|scripts|shared)\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = say(source).replace(PROGRAM, (_, file: string) => {
        const program = nameOf(join(dirname(path), file));
        return `new URL("${program}.mjs", import.meta.url)`;
      });
      return { contents, loader: "ts" };
    });
  },
};

async function findPrograms(): Promise<string[]> {
  const files = await readdir(join(ROOT, "trainer"), { recursive: true });
  const programs = files
    .filter((file) => file.endsWith(".ts"))
    .map(async (file) => {
      const path = join(ROOT, "trainer", file);
      const source = await readFile(path, "utf8");
      return Array.from(source.matchAll(PROGRAM), (match) => join(dirname(path), match[1]!));
    });
  return (await Promise.all(programs)).flat();
}

/** CommonJS packages expect these; WebAssembly's files lie beside the bundle. */
const BANNER = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/**
 * @param folder gets main.mjs and all that it reads but packages with native libraries
 * @returns the folders of the packages that are bundled
 */
export async function bundleTrainer(folder: string): Promise<string[]> {
  const programs = await findPrograms();
  const { metafile } = await build({
    entryPoints: [
      { in: join(ROOT, "scripts/harness/pack/main.ts"), out: "main" },
      ...programs.map((path) => ({ in: path, out: nameOf(path) })),
    ],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
    minify: true,
    keepNames: true,
    external: ["sharp"],
    // tfjs's packages say which of their files do more than export, but not that those for Node do.
    ignoreAnnotations: true,
    banner: { js: BANNER },
    plugins: [packed],
    metafile: true,
    logLevel: "error",
  });
  const wasm = join(ROOT, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  for (const file of await readdir(wasm)) {
    if (file.endsWith(".wasm")) await cp(join(wasm, file), join(folder, file));
  }
  return packagesOf(metafile);
}
