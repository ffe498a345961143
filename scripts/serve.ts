import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UserError } from "../trainer/error.ts";

export interface Servers {
  apiUrl: string;
  registryUrl: string;
  stop(): Promise<void>;
}

/** @throws UserError where something listens on the port already */
export async function assertPortFree(port: number, flag: string): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
  if (!free) throw new UserError(`port ${port} is taken; choose another with ${flag} <port>`);
}

/** Plain-text bindings, over those of the Worker's wrangler.toml. */
type Variables = Record<string, string>;

// Local workerd would fetch what Cloudflare says of this address, and warn at length when offline.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

/** The Workers' configurations; found from wherever the command runs. */
const API_CONFIG = fileURLToPath(new URL("../wrangler.toml", import.meta.url));
const REGISTRY_CONFIG = fileURLToPath(
  new URL("../workers/registry/wrangler.toml", import.meta.url),
);

async function startWorker(config: string, port: number, persist: string, variables: Variables) {
  // Not at the top: it takes seconds to load, which a command that ends early need not wait for.
  const { unstable_startWorker } = await import("wrangler");
  const bindings = Object.entries(variables).map(([name, value]) => {
    return [name, { type: "plain_text" as const, value }] as const;
  });
  return unstable_startWorker({
    config,
    // Only what is given here: no secrets from .dev.vars or .env of the folder.
    envFiles: [],
    bindings: Object.fromEntries(bindings),
    sendMetrics: false,
    dev: {
      server: { hostname: "127.0.0.1", port },
      inspector: false,
      persist,
      logLevel: "warn",
      watch: false,
      liveReload: false,
    },
  });
}

/** Wrangler waits for ever where it cannot listen, and does not say so. */
const START_MS = 30_000;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs something and takes away the handlers of Ctrl-C that it has added: wrangler's and
 * Miniflare's end the process at once, with the Workers not yet disposed.
 */
async function keepingSignals<T>(action: () => Promise<T>): Promise<T> {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  try {
    return await action();
  } finally {
    SIGNALS.forEach((signal, i) => {
      const added = process.listeners(signal).filter((handler) => !before[i].includes(handler));
      for (const handler of added) process.off(signal, handler);
    });
  }
}

/**
 * Starts both Workers in workerd, on one local R2.
 *
 * @param options.persist folder of the local R2
 * @param options.token the registry's token
 * @param options.variables for the API Worker, over those of wrangler.toml
 * @throws UserError where they do not start in time
 */
export async function startServers(options: {
  port: number;
  registryPort: number;
  persist: string;
  token: string;
  variables?: Variables;
}): Promise<Servers> {
  const { port, registryPort, persist, token, variables = {} } = options;
  const { registry, api } = await keepingSignals(async () => {
    const registry = await startWorker(REGISTRY_CONFIG, registryPort, persist, {
      REGISTRY_TOKEN: token,
    });
    const api = await startWorker(API_CONFIG, port, persist, variables);
    const late = setTimeout(START_MS, "late" as const, { ref: false });
    const ready = await Promise.race([Promise.all([registry.ready, api.ready]), late]);
    if (ready === "late") {
      throw new UserError(
        `the Workers did not start within ${START_MS / 1000} s; has something else taken port ` +
          `${port} or ${registryPort}?`,
      );
    }
    return { registry, api };
  });
  return {
    apiUrl: new URL(await api.url).origin,
    registryUrl: new URL(await registry.url).origin,
    stop: async () => {
      await Promise.all([api.dispose(), registry.dispose()]);
    },
  };
}
