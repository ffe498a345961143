import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ICON = fileURLToPath(new URL("../../../workers/pages/icon.svg", import.meta.url));

/** Builds a page and what it loads into a folder of files to serve. @param source where main.ts and style.css are */
export async function buildPage(source: string, folder: string): Promise<void> {
  await build({
    entryPoints: [join(source, "main.ts"), join(source, "style.css")],
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  await cp(ICON, join(folder, "icon.svg"));
}
