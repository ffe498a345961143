import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { build } from "esbuild";
import { defineConfig } from "vitest/config";

/** The search Worker, for the API Worker to speak to. */
const SEARCH_FOLDER = "node_modules/.cache/search-worker";
await build({
  entryPoints: { index: "workers/search/index.ts" },
  outdir: SEARCH_FOLDER,
  bundle: true,
  format: "esm",
  external: ["cloudflare:workers"],
  loader: { ".wasm": "copy" },
});
const search = {
  name: "pddm-search",
  modules: true,
  modulesRoot: SEARCH_FOLDER,
  modulesRules: [{ type: "CompiledWasm" as const, include: ["**/*.wasm"] }],
  scriptPath: `${SEARCH_FOLDER}/index.js`,
  compatibilityDate: "2026-04-01",
  durableObjects: {
    SHARDS: { className: "Shard", useSQLite: true },
    COLLECTIONS: { className: "Collection", useSQLite: true },
  },
  r2Buckets: { MODELS: "pddm-models" },
  bindings: { MATRIX_BYTES: 80_000_000 },
};

/** For tests to lend to the Worker as its own. */
const ratelimits = { THREE_IN_TEN_SECONDS: { simple: { limit: 3, period: 10 as const } } };

const setupFiles = "test/sameBytes.ts";

/**
 * Tests that run inside workerd, with the Worker's own wrangler configuration and bindings. The files
 * share one workerd: each would otherwise load all of tfjs again.
 *
 * @param bindings added to those of the wrangler configuration
 * @param workers others that it binds
 */
const workerd = (
  name: string,
  configPath: string,
  bindings: Record<string, string> = {},
  workers: (typeof search)[] = [],
) => ({
  plugins: [
    cloudflareTest({ wrangler: { configPath }, miniflare: { bindings, ratelimits, workers } }),
  ],
  test: {
    name,
    setupFiles,
    include: [`test/workers/${name}/**/*.test.ts`],
    testTimeout: 30_000,
    isolate: false,
    fileParallelism: false,
  },
});

/** Tests that replace modules. Each needs a process that has not loaded these already. */
const MOCKING = [
  "test/trainer/data/decode/decodedCache.test.ts",
  "test/trainer/evaluate/sampledQueries.test.ts",
  "test/trainer/runs/run.test.ts",
];

/** After those inside workerd, which are one at a time; by default one core stays idle. */
const inNode = {
  setupFiles,
  maxWorkers: availableParallelism(),
  sequence: { groupOrder: 1 },
};

const digest = createHash("sha256").update("test-token").digest("hex");

export default defineConfig({
  test: {
    // Workers log a lot: of failures alone it is shown.
    silent: "passed-only",
    globalSetup: "test/scripts/bundle.ts",
    projects: [
      {
        test: {
          ...inNode,
          name: "unit",
          include: ["test/{shared,trainer,scripts}/**/*.test.ts"],
          exclude: MOCKING,
          testTimeout: 60_000,
          // The files of a process share its modules: loading tfjs takes longer than most tests.
          isolate: false,
        },
      },
      { test: { ...inNode, name: "unit-mocks", include: MOCKING } },
      workerd("registry", "./workers/registry/wrangler.toml", {
        API_KEYS: ["publish", "train", "work"].map((scope) => `tests:${scope}:${digest}`).join(),
      }),
      workerd("search", "./workers/search/wrangler.toml"),
      // What is asked twice is computed twice, but in the tests of the cache.
      workerd("api", "./wrangler.toml", { OPEN_TO_ALL: "true", CACHE_BYTES: "0" }, [search]),
      {
        test: {
          ...inNode,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/tiny.ts", "test/e2e/workers.ts"],
          testTimeout: 120_000,
          isolate: false,
          hookTimeout: 180_000,
          // A second, which is the default, says nothing about a page on two busy cores.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
