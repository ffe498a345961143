import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { declareTypes } from "./lib/client/types.ts";

/** Builds the package of the typed client: one module, its declarations, and the licence of Hono in it. */

const CLIENT = fileURLToPath(new URL("../workers/client", import.meta.url));
const HONO = fileURLToPath(new URL("../node_modules/hono", import.meta.url));

const folder = join(CLIENT, "build");
const unfinished = `${folder}-${process.pid}`;
try {
  await mkdir(unfinished);
  await build({
    entryPoints: [join(CLIENT, "index.ts")],
    outdir: unfinished,
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  await copyFile(join(HONO, "LICENSE"), join(unfinished, "LICENSE-hono"));
  for (const [name, text] of declareTypes(CLIENT)) await writeFile(join(unfinished, name), text);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
} finally {
  await rm(unfinished, { recursive: true, force: true });
}
