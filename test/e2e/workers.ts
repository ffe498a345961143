import type { TestProject } from "vitest/node";
import { bundleServers } from "../../scripts/lib/serve.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the bundles of the Workers are. */
    workers: Record<"api" | "registry" | "search", { folder: string }>;
  }
}

/** Bundles the Workers once for all end-to-end tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { api, registry, search } = await bundleServers();
  project.provide("workers", {
    api: { folder: api.folder },
    registry: { folder: registry.folder },
    search: { folder: search.folder },
  });
  return async () => {
    await Promise.all([api.remove(), registry.remove(), search.remove()]);
  };
}
