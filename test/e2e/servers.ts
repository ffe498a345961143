import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Servers, startServers } from "../../scripts/serve.ts";
import type { Variables } from "../../scripts/workerd.ts";

export const TOKEN = "end-to-end";

/**
 * Both Workers in workerd, on free ports and an empty local R2, for the tests of a file.
 *
 * @param variables for the API Worker, over those of wrangler.toml
 */
export function useServers(variables: Variables = {}): () => Servers {
  let servers: Servers | undefined;
  let persist = "";
  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), "pddm-r2-"));
    servers = await startServers({ port: 0, registryPort: 0, persist, token: TOKEN, variables });
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
