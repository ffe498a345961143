import { cp, mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGES = fileURLToPath(new URL("../workers/api/pages", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** What Swagger UI is made of; its own page would load a document of somebody else. */
const PARTS = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE", "NOTICE"];

/** Gathers what the API Worker serves as files: the pages, and for /docs Swagger UI. */
const made = join(PAGES, `build-${process.pid}`);
const docs = join(made, "docs");
await mkdir(made);
await cp(join(PAGES, "docs"), docs, { recursive: true });
for (const part of PARTS) await cp(join(SWAGGER_UI, part), join(docs, part));
await rm(join(PAGES, "build"), { recursive: true, force: true });
await rename(made, join(PAGES, "build"));
