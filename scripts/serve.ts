import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { UserError } from "../trainer/error.ts";
import { bundleWorker } from "./bundle.ts";

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

/** The Workers' configurations; found from wherever the command runs. */
const API_CONFIG = fileURLToPath(new URL("../wrangler.toml", import.meta.url));
const REGISTRY_CONFIG = fileURLToPath(
  new URL("../workers/registry/wrangler.toml", import.meta.url),
);

/** What local workerd needs of a wrangler.toml; wrangler has checked it. */
const configSchema = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.json()),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
});

/** A Worker that answers. */
interface Running {
  url: string;
  stop(): Promise<void>;
}

/**
 * Bundles a Worker and runs it in a workerd of its own, as its wrangler.toml describes it, with no
 * secrets from .dev.vars or .env of the folder.
 *
 * @throws UserError where the port has been taken meanwhile
 */
async function startWorker(
  path: string,
  port: number,
  persist: string,
  variables: Variables,
): Promise<Running> {
  // Not at the top: they take seconds to load, which a command that ends early need not wait for.
  const [{ unstable_readConfig: readConfig }, { Miniflare, MiniflareCoreError }] =
    await Promise.all([import("wrangler"), import("miniflare")]);
  const config = configSchema.parse(readConfig({ config: path }));
  const bundle = await bundleWorker(path);
  const workerd = new Miniflare({
    host: "127.0.0.1",
    port,
    // It would fetch what Cloudflare says of this address.
    cf: false,
    name: config.name,
    compatibilityDate: config.compatibility_date,
    bindings: { ...config.vars, ...variables },
    r2Buckets: Object.fromEntries(
      config.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name]),
    ),
    r2Persist: persist,
    modules: true,
    modulesRoot: bundle.folder,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    scriptPath: join(bundle.folder, "index.js"),
  });
  const stop = async () => {
    await workerd.dispose();
    await bundle.remove();
  };
  try {
    return { url: (await workerd.ready).origin, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    if (error instanceof MiniflareCoreError && error.code === "ERR_ADDRESS_IN_USE") {
      throw new UserError(`port ${port} is taken by something else`);
    }
    throw error;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs something and takes away the handlers of Ctrl-C that it has added: wrangler's and Miniflare's
 * end the process at once, with workerd not yet disposed.
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
 * @throws UserError where a port has been taken meanwhile
 */
export async function startServers(options: {
  port: number;
  registryPort: number;
  persist: string;
  token: string;
  variables?: Variables;
}): Promise<Servers> {
  const { port, registryPort, persist, token, variables = {} } = options;
  return keepingSignals(async () => {
    const registry = await startWorker(REGISTRY_CONFIG, registryPort, persist, {
      REGISTRY_TOKEN: token,
    });
    try {
      const api = await startWorker(API_CONFIG, port, persist, variables);
      return {
        apiUrl: api.url,
        registryUrl: registry.url,
        stop: async () => {
          await Promise.all([api.stop(), registry.stop()]);
        },
      };
    } catch (error) {
      await registry.stop();
      throw error;
    }
  });
}
