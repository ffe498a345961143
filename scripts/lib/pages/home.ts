import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeSamples } from "./samples.ts";

const SOURCE = fileURLToPath(new URL("../../../workers/api/pages/home", import.meta.url));

/** Builds the page to try the API, and its samples, into a folder of files to serve. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    entryPoints: [join(SOURCE, "main.ts"), join(SOURCE, "style.css")],
    outdir: join(folder, "page"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  await cp(join(SOURCE, "index.html"), join(folder, "index.html"));
  await cp(join(SOURCE, "icon.svg"), join(folder, "page", "icon.svg"));
  await makeSamples(join(folder, "samples"));
}
