import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { runServers, type Servers } from "../../scripts/lib/serve.ts";
import { keyEntry } from "../../workers/http/keys.ts";
import type { Variables } from "../../scripts/lib/workerd.ts";

/** A key that may do everything in the registry, and one that may only do jobs. */
export const TOKEN = "end-to-end";
export const WORKER_TOKEN = "of-workers";

export async function registryKeys(): Promise<string> {
  const scopes = ["publish", "train", "work"] as const;
  const entries = await Promise.all([
    ...scopes.map((scope) => keyEntry("tests", scope, TOKEN)),
    keyEntry("gpu-1", "work", WORKER_TOKEN),
  ]);
  return entries.join(",");
}

/**
 * Both Workers in workerd, on free ports and an empty local R2, for the tests of a file.
 *
 * @param options as of `runServers`
 */
export function useServers(
  options: { variables?: Variables; registryVariables?: Variables; inspect?: boolean } = {},
): () => Servers {
  let servers: Servers | undefined;
  let persist = "";
  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
    servers = await runServers(inject("workers"), {
      ...{ port: 0, registryPort: 0, persist, token: TOKEN },
      registryVariables: { API_KEYS: await registryKeys() },
      ...options,
    });
  });
  afterAll(async () => {
    await servers?.stop();
    await rm(persist, { recursive: true, force: true });
  });
  return () => {
    if (!servers) throw new Error("the servers start before the tests, not before their file");
    return servers;
  };
}
