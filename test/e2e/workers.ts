import type { TestProject } from "vitest/node";
import { bundleServers } from "../../scripts/lib/serve.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the bundles of both Workers are. */
    workers: Record<"api" | "registry", { folder: string }>;
  }
}

/** Bundles both Workers once for all end-to-end tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { api, registry } = await bundleServers();
  project.provide("workers", {
    api: { folder: api.folder },
    registry: { folder: registry.folder },
  });
  return async () => {
    await Promise.all([api.remove(), registry.remove()]);
  };
}
