import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeSamples } from "./page/samples.ts";

/** Builds the page to try the API into the Worker's static assets. */

const path = (name: string) => fileURLToPath(new URL(`../workers/api/${name}`, import.meta.url));
const SOURCE = path("page");
const ASSETS = path("build/assets");

await rm(ASSETS, { recursive: true, force: true });
await mkdir(ASSETS, { recursive: true });
await build({
  entryPoints: [join(SOURCE, "main.ts"), join(SOURCE, "style.css")],
  outdir: join(ASSETS, "page"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
await cp(join(SOURCE, "index.html"), join(ASSETS, "index.html"));
await cp(join(SOURCE, "icon.svg"), join(ASSETS, "page", "icon.svg"));
await cp(join(SOURCE, "_headers"), join(ASSETS, "_headers"));
await makeSamples(join(ASSETS, "samples"));
