import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { keyEntry } from "../../workers/http/keys.ts";
import { UserError } from "../../trainer/error.ts";
import { bundleWorker } from "./bundle.ts";
import { keepingSignals, runBundle, type Running, type Variables } from "./workerd.ts";

export interface Servers {
  apiUrl: string;
  registryUrl: string;
  /** Where the inspector of the API Worker's isolate listens, if it does. */
  inspectorUrl(): Promise<URL>;
  /** Resolves if a workerd ends without being stopped, to the name of its Worker. */
  ended: Promise<"API" | "registry">;
  stop(): Promise<void>;
}

/** @throws UserError if something listens on the port already */
export async function assertPortFree(port: number, flag: string): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
  if (!free) throw new UserError(`port ${port} is taken; choose another with ${flag} <port>`);
}

/** The Workers' configurations. The paths do not depend on where the command runs. */
export const API_CONFIG = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));
const REGISTRY_CONFIG = fileURLToPath(
  new URL("../../workers/registry/wrangler.toml", import.meta.url),
);

/** Bundles a Worker and runs it; both end together. */
async function startWorker(
  path: string,
  options: Parameters<typeof runBundle>[2],
): Promise<Running> {
  const bundle = await bundleWorker(path);
  try {
    const running = await runBundle(bundle, path, options);
    return {
      ...running,
      stop: async () => {
        await running.stop();
        await bundle.remove();
      },
    };
  } catch (error) {
    await bundle.remove();
    throw error;
  }
}

/**
 * Starts both Workers in workerd, on one local R2. They listen on 127.0.0.1, where the API asks for no
 * key.
 *
 * @param options.persist folder of the local R2
 * @param options.token the registry's key
 * @param options.variables for the API Worker, over those of wrangler.toml
 * @param options.inspect whether to let V8's inspector of the API Worker listen
 * @throws UserError if a port has been taken meanwhile
 */
export async function startServers(options: {
  port: number;
  registryPort: number;
  persist: string;
  token: string;
  variables?: Variables;
  inspect?: boolean;
}): Promise<Servers> {
  const { port, registryPort, persist, token, variables, inspect } = options;
  return keepingSignals(async () => {
    const registry = await startWorker(REGISTRY_CONFIG, {
      port: registryPort,
      persist,
      variables: { API_KEYS: await keyEntry("local", "publish", token) },
    });
    try {
      const api = await startWorker(API_CONFIG, {
        port,
        persist,
        variables,
        inspect,
      });
      return {
        apiUrl: api.url,
        registryUrl: registry.url,
        inspectorUrl: () => api.inspectorUrl(),
        ended: Promise.race([
          api.ended.then(() => "API" as const),
          registry.ended.then(() => "registry" as const),
        ]),
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
