import { cp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "./lib/pages/home.ts";

/** Gathers what the API Worker serves as files: its pages, and for /docs what Swagger UI is made of. */

const API = fileURLToPath(new URL("../workers/api", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** All but its own page, which would describe somebody else's API. */
const PARTS = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE", "NOTICE"];

const build = join(API, "build", "pages");
const unfinished = `${build}-${process.pid}`;
await cp(join(API, "pages", "docs"), join(unfinished, "docs"), { recursive: true });
for (const part of PARTS) await cp(join(SWAGGER_UI, part), join(unfinished, "docs", part));
await buildPage(unfinished);
await rm(build, { recursive: true, force: true });
await rename(unfinished, build);
