import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as z from "zod";
import { UserError } from "../../trainer/error.ts";
import type { Bundle } from "./bundle.ts";

/** Plain-text bindings, over those of the Worker's wrangler.toml. */
export type Variables = Record<string, string>;

/** What local workerd needs of a wrangler.toml; wrangler has checked it. */
const configSchema = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.json()),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  /** Files that the Worker serves itself: every request reaches the Worker first. */
  assets: z
    .object({ directory: z.string(), binding: z.string(), run_worker_first: z.literal(true) })
    .optional(),
});

/** A Worker that answers. */
export interface Running {
  url: string;
  /** Where V8's inspector listens, if it does. */
  inspectorUrl(): Promise<URL>;
  /** Resolves if workerd ends without being stopped. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs a bundled Worker in a workerd of its own, as its wrangler.toml describes it, with no secrets
 * from .dev.vars or .env of the folder.
 *
 * @param path of its wrangler.toml
 * @param options.persist folder of the local R2
 * @param options.inspect whether to let V8's inspector listen, on 127.0.0.1
 * @throws UserError if the port has been taken meanwhile
 */
export async function runBundle(
  bundle: Pick<Bundle, "folder">,
  path: string,
  options: { port: number; persist: string; variables?: Variables; inspect?: boolean },
): Promise<Running> {
  // Imported here because they take seconds to load, and a command that ends early should not wait for them.
  const [{ unstable_readConfig: readConfig }, { Miniflare, MiniflareCoreError }] =
    await Promise.all([import("wrangler"), import("miniflare")]);
  const { port, persist, variables = {}, inspect = false } = options;
  const config = configSchema.parse(readConfig({ config: path }));
  let onEnd = (): void => undefined;
  const ended = new Promise<void>((resolve) => (onEnd = resolve));
  const workerd = new Miniflare({
    host: "127.0.0.1",
    port,
    // Otherwise Miniflare asks Cloudflare for information about this address.
    cf: false,
    // The Worker prints a line per request for Workers Logs to standard output; only errors are for the user.
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      // A workerd that is stopped closes the stream without an end event.
      stdout.resume().once("end", onEnd);
      createInterface(stderr).on("line", (line) => console.error(line));
    },
    ...(inspect && { inspectorPort: 0 }),
    name: config.name,
    compatibilityDate: config.compatibility_date,
    bindings: { ...config.vars, ...variables },
    r2Buckets: Object.fromEntries(
      config.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name]),
    ),
    r2Persist: persist,
    ...(config.assets && {
      assets: {
        directory: resolve(dirname(path), config.assets.directory),
        binding: config.assets.binding,
        routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
      },
    }),
    modules: true,
    modulesRoot: bundle.folder,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    scriptPath: join(bundle.folder, "index.js"),
  });
  const stop = () => workerd.dispose();
  try {
    const { origin } = await workerd.ready;
    return { url: origin, inspectorUrl: () => workerd.getInspectorURL(), ended, stop };
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
 * Runs an action and removes the handlers of Ctrl-C that it has added. Those of wrangler and Miniflare end
 * the process at once, before workerd is disposed of.
 */
export async function keepingSignals<T>(action: () => Promise<T>): Promise<T> {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  try {
    return await action();
  } finally {
    SIGNALS.forEach((signal, i) => {
      const added = process.listeners(signal).filter((handler) => !before[i]!.includes(handler));
      for (const handler of added) process.off(signal, handler);
    });
  }
}
