/** Bundles TypeScript programs as JavaScript that Node runs without help. */
import { cp, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Matches the trainer's references to its own programs, for threads and processes. */
const PROGRAM = /new URL\("([\w-]+\.ts)", import\.meta\.url\)/g;

/** Matches its references to WebAssembly. */
const WASM = /new URL\(\s*"([^"]+\.wasm)",\s*import\.meta\.url,?\s*\)/g;

const nameOf = (path: string) => relative(ROOT, path).replace(/\.ts$/, "").replaceAll("/", "-");

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

/** CommonJS packages expect these names. With them, tfjs finds its WebAssembly beside the bundle. */
const BANNER = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/**
 * Bundles programs together with those that the trainer starts by itself.
 *
 * @param folder gets `<name>.mjs` for each entry, and the files that these read
 * @param entries paths of the programs, by name
 * @param external packages that stay as they are
 * @param edit changes the source of a file before it is bundled
 * @returns the paths of the files that went into the folder
 */
export async function bundlePrograms(
  folder: string,
  entries: Record<string, string>,
  external: string[],
  edit: (source: string, path: string) => string,
): Promise<string[]> {
  const programs = await findPrograms();
  const wasm = new Set<string>();
  const { metafile } = await build({
    entryPoints: [
      ...Object.entries(entries).map(([out, path]) => ({ in: path, out })),
      ...programs.map((path) => ({ in: path, out: nameOf(path) })),
    ],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    target: "node20",
    // Short names would need keepNames, which defines the name of every function anew at each start.
    minifySyntax: true,
    minifyWhitespace: true,
    external,
    // tfjs's packages list their files with side effects, but leave out those for Node.
    ignoreAnnotations: true,
    banner: { js: BANNER },
    plugins: [
      {
        name: "programs",
        setup: (build) => {
          build.onLoad({ filter: /\/(trainer|scripts|shared)\/.*\.ts$/ }, async ({ path }) => {
            const source = edit(await readFile(path, "utf8"), path);
            for (const match of source.matchAll(WASM)) wasm.add(join(dirname(path), match[1]!));
            const contents = source
              .replace(PROGRAM, (_, file: string) => {
                return `new URL("${nameOf(join(dirname(path), file))}.mjs", import.meta.url)`;
              })
              .replace(WASM, (_, file: string) => {
                return `new URL("${basename(file)}", import.meta.url)`;
              });
            return { contents, loader: "ts" };
          });
        },
      },
    ],
    metafile: true,
    logLevel: "error",
  });
  const backend = join(ROOT, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  for (const file of await readdir(backend)) {
    if (file.endsWith(".wasm")) wasm.add(join(backend, file));
  }
  for (const path of wasm) await cp(path, join(folder, basename(path)));
  return [...Object.keys(metafile.inputs), ...wasm];
}
