import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/**
 * Tests that run inside workerd, with the Worker's own wrangler configuration and bindings. The files
 * share one workerd: each would otherwise load all of tfjs again.
 *
 * @param secrets added to the bindings of the wrangler configuration
 */
const workerd = (name: string, configPath: string, secrets: Record<string, string> = {}) => ({
  plugins: [cloudflareTest({ wrangler: { configPath }, miniflare: { bindings: secrets } })],
  test: {
    name,
    include: [`test/workers/${name}/**/*.test.ts`],
    testTimeout: 30_000,
    isolate: false,
    fileParallelism: false,
  },
});

export default defineConfig({
  test: {
    // The API Worker logs every request.
    onConsoleLog: (line) => !line.startsWith('{"level":"info"'),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{shared,trainer,scripts}/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      workerd("registry", "./workers/registry/wrangler.toml", { REGISTRY_TOKEN: "test-token" }),
      workerd("api", "./wrangler.toml"),
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/tiny.ts",
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
