import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

interface WorkerdOptions {
  /** Added to the bindings of the wrangler configuration. */
  secrets?: Record<string, string>;
  /** Whether each file has a workerd to itself; each then loads all of tfjs again. */
  isolate?: boolean;
}

/** Tests that run inside workerd, with the Worker's own wrangler configuration and bindings. */
const workerd = (
  name: string,
  configPath: string,
  { secrets = {}, isolate = true }: WorkerdOptions = {},
) => ({
  plugins: [cloudflareTest({ wrangler: { configPath }, miniflare: { bindings: secrets } })],
  test: {
    name,
    include: [`test/workers/${name}/**/*.test.ts`],
    testTimeout: 30_000,
    isolate,
    fileParallelism: isolate,
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{shared,trainer,scripts}/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      workerd("registry", "./workers/registry/wrangler.toml", {
        secrets: { REGISTRY_TOKEN: "test-token" },
        isolate: false,
      }),
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
