import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { bundleWorker, type Bundle } from "../../lib/bundle.ts";
import { API_CONFIG, REGISTRY_CONFIG, SEARCH_CONFIG } from "../../lib/serve.ts";
import {
  keepingSignals,
  type Program,
  runBundle,
  type Running,
  type Variables,
} from "../../lib/workerd.ts";
import type { Pace } from "./race.ts";
import { BenchWorker, type PackageId } from "./worker.ts";

const BENCH_CONFIG = fileURLToPath(
  new URL("../../../workers/bench/wrangler.toml", import.meta.url),
);

/** Where the parts of the benchmark run: Workers in fresh workerds, on one temporary local R2. */
export class Stage {
  private readonly bundles = new Map<string, Bundle>();
  private readonly running = new Set<{ stop(): Promise<void> }>();

  private constructor(
    readonly folder: string,
    /** Whether only to check that everything works, instead of measuring. */
    readonly quick: boolean,
    readonly say: (line: string) => void,
    readonly signal: AbortSignal,
  ) {}

  static async open(
    quick: boolean,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), "pddm-bench-")), quick, say, signal);
  }

  /** How long to measure. */
  get pace(): Pace {
    const { signal } = this;
    return this.quick ? { rounds: 3, turnMs: 20, signal } : { rounds: 15, turnMs: 150, signal };
  }

  /**
   * Runs `action` with the bench Worker in a fresh isolate.
   *
   * @param options.inspect see workerd.ts
   * @param options.collections whether the search Worker runs beside it
   */
  async withWorker<T>(
    action: (worker: BenchWorker) => Promise<T>,
    { inspect = false, collections = false } = {},
  ): Promise<T> {
    const beside = collections ? [await this.program(SEARCH_CONFIG)] : [];
    return this.with(BENCH_CONFIG, { inspect, beside }, async (running) => {
      const worker = new BenchWorker(running, this.signal);
      await worker.calibrate();
      return action(worker);
    });
  }

  /**
   * Runs `action` with the API Worker in a fresh isolate, before its first request.
   *
   * @param options.collections whether the search Worker runs beside it
   */
  async withApi<T>(
    model: string,
    action: (url: string) => Promise<T>,
    { variables = {}, collections = false }: { variables?: Variables; collections?: boolean } = {},
  ): Promise<T> {
    const all = { DEFAULT_MODEL: model, ...variables };
    const beside = collections ? [await this.program(SEARCH_CONFIG)] : [];
    return this.with(API_CONFIG, { variables: all, beside }, ({ url }) => action(url));
  }

  /** Runs `action` with the registry, in a fresh isolate. */
  async withRegistry<T>(variables: Variables, action: (url: string) => Promise<T>): Promise<T> {
    return this.with(REGISTRY_CONFIG, { variables }, ({ url }) => action(url));
  }

  /** Puts a package into the bucket. */
  publish(files: PackageFiles): Promise<PackageId> {
    return this.withWorker((worker) => worker.put(files));
  }

  /** Stops all Workers and removes all files. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.running].map((running) => running.stop()));
    await Promise.all([...this.bundles.values()].map((bundle) => bundle.remove()));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A Worker, bundled once. */
  private async program(config: string): Promise<Program> {
    const bundle = this.bundles.get(config) ?? (await bundleWorker(config));
    this.bundles.set(config, bundle);
    return { bundle, config };
  }

  private async with<T>(
    config: string,
    options: { variables?: Variables; inspect?: boolean; beside?: Program[] },
    action: (running: Running) => Promise<T>,
  ): Promise<T> {
    this.signal.throwIfAborted();
    const program = await this.program(config);
    const persist = join(this.folder, "r2");
    const running = await keepingSignals(() =>
      runBundle(program, { port: 0, persist, ...options }),
    );
    this.running.add(running);
    try {
      return await action(running);
    } finally {
      this.running.delete(running);
      await running.stop();
    }
  }
}
