import { cp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "./lib/pages/home.ts";

/** Gathers the files that the API Worker serves: its pages, and Swagger UI for /docs. */

const API = fileURLToPath(new URL("../workers/api", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** Everything but its own page, which describes another API. */
const PARTS = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE", "NOTICE"];

const build = join(API, "build", "pages");
const unfinished = `${build}-${process.pid}`;
await cp(join(API, "pages", "docs"), join(unfinished, "docs"), { recursive: true });
for (const part of PARTS) await cp(join(SWAGGER_UI, part), join(unfinished, "docs", part));
await buildPage(unfinished);
await rm(build, { recursive: true, force: true });
await rename(unfinished, build);
