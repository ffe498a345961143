import { join } from "node:path";
import { inject } from "vitest";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import { readPackage } from "../../trainer/export/package.ts";
import { TOKEN } from "./servers.ts";

/** The package of the tiny run. */
export const readTiny = () => readPackage(join(inject("tiny").folder, "runs", "emoji", "package"));

/** Publishes the package of the tiny run, and promotes it to `stable`. */
export async function publishTiny(registryUrl: string): Promise<Manifest> {
  const { manifest, files } = await readTiny();
  const registry = new RegistryClient(registryUrl, TOKEN);
  await registry.publish(manifest, files);
  await registry.promote(manifest.name, manifest.version, "stable");
  return manifest;
}
