import { cp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "./lib/pages/page.ts";
import { makeSamples } from "./lib/pages/samples.ts";

/** Gathers the files that Workers serve: the pages of the API and of the registry, and Swagger UI for /docs. */

const WORKERS = fileURLToPath(new URL("../workers", import.meta.url));
const API = join(WORKERS, "api");
const REGISTRY = join(WORKERS, "registry");
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** Everything but its own page, which describes another API. */
const PARTS = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE", "NOTICE"];

/** Replaces the pages of a Worker once all are made. */
async function replacePages(worker: string, make: (folder: string) => Promise<void>) {
  const build = join(worker, "build", "pages");
  const unfinished = `${build}-${process.pid}`;
  await make(unfinished);
  await rm(build, { recursive: true, force: true });
  await rename(unfinished, build);
}

await replacePages(API, async (folder) => {
  await cp(join(API, "pages", "docs"), join(folder, "docs"), { recursive: true });
  for (const part of PARTS) await cp(join(SWAGGER_UI, part), join(folder, "docs", part));
  const home = join(API, "pages", "home");
  await buildPage(home, join(folder, "page"));
  await cp(join(home, "index.html"), join(folder, "index.html"));
  await makeSamples(join(folder, "samples"));
});

await replacePages(REGISTRY, async (folder) => {
  const jobs = join(REGISTRY, "pages", "jobs");
  await buildPage(jobs, join(folder, "page"));
  await cp(join(jobs, "index.html"), join(folder, "page", "index.html"));
});
