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
  durable_objects: z.object({
    bindings: z.array(
      z.object({ name: z.string(), class_name: z.string(), script_name: z.string().optional() }),
    ),
  }),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })).default([]),
    consumers: z
      .array(
        z.object({
          queue: z.string(),
          max_batch_size: z.number().optional(),
          max_batch_timeout: z.number().optional(),
          max_retries: z.number().optional(),
          dead_letter_queue: z.string().optional(),
        }),
      )
      .default([]),
  }),
  /** Files that the Worker serves itself: every request reaches the Worker first. */
  assets: z
    .object({ directory: z.string(), binding: z.string(), run_worker_first: z.literal(true) })
    .optional(),
});

type Config = z.infer<typeof configSchema>;

/** A bundled Worker, and the path of its wrangler.toml. */
export interface Program {
  bundle: Pick<Bundle, "folder">;
  config: string;
}

/** A Worker that answers. */
export interface Running {
  url: string;
  /** Where V8's inspector listens, if it does. */
  inspectorUrl(): Promise<URL>;
  /** Resolves if workerd ends without being stopped. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** A Worker of a workerd, as Miniflare wants it. @param scripts the names of all Workers of this workerd */
function workerOptions(
  { bundle, config: path }: Program,
  config: Config,
  scripts: Set<string>,
  variables: Variables,
) {
  const { durable_objects, queues, r2_buckets } = config;
  // The objects of a Worker that does not run cannot be bound.
  const objects = durable_objects.bindings.filter(
    ({ script_name }) => script_name === undefined || scripts.has(script_name),
  );
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    bindings: { ...config.vars, ...variables },
    r2Buckets: Object.fromEntries(
      r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name]),
    ),
    durableObjects: Object.fromEntries(
      objects.map(({ name, class_name, script_name }) => [
        name,
        { className: class_name, scriptName: script_name, useSQLite: true },
      ]),
    ),
    queueProducers: Object.fromEntries(
      queues.producers.map(({ binding, queue }) => [binding, queue]),
    ),
    queueConsumers: Object.fromEntries(
      queues.consumers.map(({ queue, ...consumer }) => [
        queue,
        {
          maxBatchSize: consumer.max_batch_size,
          maxBatchTimeout: consumer.max_batch_timeout,
          maxRetries: consumer.max_retries,
          deadLetterQueue: consumer.dead_letter_queue,
        },
      ]),
    ),
    ...(config.assets && {
      assets: {
        directory: resolve(dirname(path), config.assets.directory),
        binding: config.assets.binding,
        routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
      },
    }),
    modules: true,
    modulesRoot: bundle.folder,
    modulesRules: [{ type: "CompiledWasm" as const, include: ["**/*.wasm"] }],
    scriptPath: join(bundle.folder, "index.js"),
  };
}

/**
 * Runs a bundled Worker in a workerd of its own, as its wrangler.toml describes it, with no secrets
 * from .dev.vars or .env of the folder.
 *
 * @param options.persist folder of the local R2 and Durable Objects
 * @param options.beside other Workers of the same workerd, whose objects it may bind
 * @param options.inspect whether to let V8's inspector listen, on 127.0.0.1
 * @throws UserError if the port has been taken meanwhile
 */
export async function runBundle(
  program: Program,
  options: {
    port: number;
    persist: string;
    beside?: Program[];
    variables?: Variables;
    inspect?: boolean;
  },
): Promise<Running> {
  // Imported here because they take seconds to load, and a command that ends early should not wait for them.
  const [{ unstable_readConfig: readConfig }, { Miniflare, MiniflareCoreError }] =
    await Promise.all([import("wrangler"), import("miniflare")]);
  const { port, persist, beside = [], variables = {}, inspect = false } = options;
  const programs = [program, ...beside].map((it) => ({
    program: it,
    config: configSchema.parse(readConfig({ config: it.config })),
  }));
  const scripts = new Set(programs.map(({ config }) => config.name));
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
    r2Persist: persist,
    durableObjectsPersist: join(persist, "objects"),
    workers: programs.map(({ program: it, config }) =>
      workerOptions(it, config, scripts, it === program ? variables : {}),
    ),
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
