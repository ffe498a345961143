import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { keyEntry } from "../../workers/http/keys.ts";
import { UserError } from "../../trainer/error.ts";
import { type Bundle, bundleWorker } from "./bundle.ts";
import { keepingSignals, runBundle, type Variables } from "./workerd.ts";

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
export const REGISTRY_CONFIG = fileURLToPath(
  new URL("../../workers/registry/wrangler.toml", import.meta.url),
);

export const SEARCH_CONFIG = fileURLToPath(
  new URL("../../workers/search/wrangler.toml", import.meta.url),
);

/** All Workers, bundled. */
type Bundles<B = Bundle> = Record<"api" | "registry" | "search", B>;

export async function bundleServers(): Promise<Bundles> {
  const made: Bundle[] = [];
  const bundle = async (config: string) => {
    const it = await bundleWorker(config);
    made.push(it);
    return it;
  };
  try {
    return {
      registry: await bundle(REGISTRY_CONFIG),
      search: await bundle(SEARCH_CONFIG),
      api: await bundle(API_CONFIG),
    };
  } catch (error) {
    await removeAll(made);
    throw error;
  }
}

async function removeAll(bundles: Bundle[]): Promise<void> {
  await Promise.all(bundles.map((bundle) => bundle.remove()));
}

interface Options {
  port: number;
  registryPort: number;
  /** Folder of the local R2 and of the Durable Objects. */
  persist: string;
  /** The registry's key. */
  token: string;
  /** For the API Worker, over those of wrangler.toml. */
  variables?: Variables;
  /** For the registry, over those of its wrangler.toml and over the key. */
  registryVariables?: Variables;
  /** Whether to let V8's inspector of the API Worker listen. */
  inspect?: boolean;
}

/** The entries of a key that may do everything in the registry. */
async function localKeys(token: string): Promise<string> {
  const scopes = ["publish", "train", "work"] as const;
  const entries = await Promise.all(scopes.map((scope) => keyEntry("local", scope, token)));
  return entries.join(",");
}

/**
 * Starts the Workers on one local R2: the registry in a workerd of its own, the API and the search Worker together,
 * as the API calls the other's objects. They listen on 127.0.0.1, where the API asks for no key.
 *
 * @param bundles not removed
 * @throws UserError if a port has been taken meanwhile
 */
export async function runServers(
  bundles: Bundles<Pick<Bundle, "folder">>,
  { port, registryPort, persist, token, variables, registryVariables, inspect }: Options,
): Promise<Servers> {
  return keepingSignals(async () => {
    const registry = await runBundle(
      { bundle: bundles.registry, config: REGISTRY_CONFIG },
      {
        port: registryPort,
        persist,
        variables: { API_KEYS: await localKeys(token), ...registryVariables },
      },
    );
    try {
      const beside = [{ bundle: bundles.search, config: SEARCH_CONFIG }];
      const api = await runBundle(
        { bundle: bundles.api, config: API_CONFIG },
        { port, persist, beside, variables, inspect },
      );
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

/** Bundles and starts the Workers, see `runServers`. Stopping them removes the bundles. */
export async function startServers(options: Options): Promise<Servers> {
  const bundles = await bundleServers();
  const remove = () => removeAll(Object.values(bundles));
  try {
    const servers = await runServers(bundles, options);
    return {
      ...servers,
      stop: async () => {
        await servers.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
