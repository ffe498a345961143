import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** Tests inside workerd, with the Worker's own wrangler configuration and, added to it, secrets. */
const workerd = (name: string, configPath: string, secrets: Record<string, string> = {}) => ({
  plugins: [cloudflareTest({ wrangler: { configPath }, miniflare: { bindings: secrets } })],
  test: { name, include: [`test/workers/${name}/**/*.test.ts`], testTimeout: 30_000 },
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
      workerd("registry", "./workers/registry/wrangler.toml", { REGISTRY_TOKEN: "test-token" }),
      workerd("api", "./wrangler.toml"),
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
