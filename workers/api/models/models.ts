import type { Model } from "../../../shared/model.ts";
import { PackageError } from "../../../shared/package/error.ts";
import { logError } from "../../http/log.ts";
import { HttpError } from "../../http/errors.ts";
import { SingleFlight } from "./singleFlight.ts";
import { openEngine } from "../engine/backend.ts";
import { loadModel, readPointer, type Source } from "./load.ts";
import { LoadedModels, type Loader } from "./loadedModels.ts";
import { ModelMissing } from "./stored.ts";
import { withinTime } from "./timeLimit.ts";
import { canEmbed, DoesNotRun, warmUp } from "./warmUp.ts";

/** A requested model. Without a version, the version that the channel serves. */
export interface Selector {
  name: string;
  version?: string;
}

/** The bindings and variables of a request for loading models. */
export interface LoadContext extends Source {
  channel: string;
  refreshMs: number;
  /** Time limit for reading a pointer and for loading a model, each. */
  loadMs: number;
  /** Bytes of memory for all models together. */
  modelBytes: number;
  /** Keeps work alive after the request is over or its client has gone. */
  waitUntil(promise: Promise<unknown>): void;
}

/** The bucket has the model, but it cannot be used; `cause` says why. */
export class ModelUnavailable extends Error {
  override name = "ModelUnavailable";
}

/** The version that answers for a name. */
interface Served {
  version: string;
  checked: number;
  /** Why the channel's version is not served. */
  refreshError?: string;
  /** The channel's version, where loading it again at every check would be useless. */
  refused?: Refusal;
}

/** A version that is not loaded again before the pointer changes or the time is up. */
interface Refusal {
  /** The ETag of the pointer to the version. */
  etag: string;
  until: number;
  error: ModelUnavailable;
}

/** Wrong files are read again after this time, because they may have been signed again. */
const REFUSED_MS = 60_000;

/** How long a version is refused after this error, in milliseconds; undefined: not at all. */
function refusedMs(error: unknown): number | undefined {
  if (error instanceof DoesNotRun) return Infinity;
  return error instanceof PackageError ? REFUSED_MS : undefined;
}

/** Allowance for the warm-up of a model, in addition to its load. */
const WARM_UP_MS = 10_000;

/** Loads since the isolate started, and the memory that models take now. */
export interface ModelStatistics {
  loads: number;
  failures: number;
  residentBytes: number;
}

export const idOf = (name: string, version: string) => `${name}@${version}`;

/**
 * The isolate's models. A name answers with the version that its channel pointed to at the last check.
 * Checks run in the background of a request. A new version replaces the old one only after it has been loaded
 * and has run once; otherwise the old one stays in service.
 */
export class Models {
  private readonly served = new Map<string, Served>();
  private readonly loaded = new LoadedModels();
  private readonly checks = new SingleFlight<Served>();
  /** The last problem of each name or version, so that it is logged once and not at every check. */
  private readonly logged = new Map<string, string>();
  private loads = 0;
  private failures = 0;

  /**
   * Runs `callback` with a model that stays in memory until the callback is done. It must not await I/O.
   *
   * @throws ModelMissing, ModelUnavailable
   */
  async use<T>(
    selector: Selector,
    context: LoadContext,
    callback: (model: Model) => Promise<T>,
  ): Promise<T> {
    const { name } = selector;
    this.loaded.limitBytes = context.modelBytes;
    const version = selector.version ?? (await this.currentVersion(name, context));
    const id = idOf(name, version);
    return this.loaded.use(id, this.loader(name, version, context), async (model) => {
      try {
        return await callback(model);
      } catch (error) {
        // The first model of an isolate serves without a warm-up. An HttpError is the request's fault.
        if (error instanceof HttpError || canEmbed(model)) throw error;
        throw this.unavailable(id, error);
      }
    });
  }

  /** Why a newer version is not served, if there is one. */
  refreshError(name: string): string | undefined {
    return this.served.get(name)?.refreshError;
  }

  get statistics(): ModelStatistics {
    const { loads, failures, loaded } = this;
    return { loads, failures, residentBytes: loaded.bytes };
  }

  private async currentVersion(name: string, context: LoadContext): Promise<string> {
    const served = this.served.get(name);
    if (!served) return (await this.check(name, context)).version;
    if (Date.now() - served.checked >= context.refreshMs) {
      served.checked = Date.now();
      void this.check(name, context);
    }
    return served.version;
  }

  /** Follows the channel's pointer. Rejects only if no version is served yet. */
  private check(name: string, context: LoadContext): Promise<Served> {
    return this.checks.run(name, 2 * context.loadMs + WARM_UP_MS, () => {
      const outcome = this.follow(name, context).catch((error: unknown) => {
        const served = this.served.get(name);
        if (!served || !(error instanceof ModelUnavailable)) throw error;
        served.refreshError = error.message;
        return served;
      });
      // Other requests wait for it, too, so it must outlive the request that began it.
      context.waitUntil(outcome.catch(() => undefined));
      return outcome;
    });
  }

  private async follow(name: string, context: LoadContext): Promise<Served> {
    const before = this.served.get(name);
    const { version, etag } = await withinTime(context.loadMs, (signal) =>
      readPointer(context.bucket, name, context.channel, signal),
    ).catch((error: unknown) => {
      if (error instanceof ModelMissing && !before) throw error;
      throw this.unavailable(name, error);
    });
    const { refused } = before ?? {};
    if (refused?.etag === etag && Date.now() < refused.until) throw refused.error;
    if (version !== before?.version) {
      await this.replace(before, name, version, context).catch((error: unknown) => {
        if (before && error instanceof ModelUnavailable) {
          const ms = refusedMs(error.cause);
          before.refused = ms === undefined ? undefined : { etag, until: Date.now() + ms, error };
        }
        throw error;
      });
    }
    const served = { version, checked: Date.now() };
    this.served.set(name, served);
    return served;
  }

  private async replace(
    before: Served | undefined,
    name: string,
    version: string,
    context: LoadContext,
  ): Promise<void> {
    const id = idOf(name, version);
    try {
      const loader = this.loader(name, version, context);
      if (before) {
        await openEngine();
        await this.loaded.admit(id, loader, warmUp);
      } else {
        await this.loaded.use(id, loader, () => Promise.resolve());
      }
    } catch (error) {
      throw error instanceof ModelUnavailable ? error : this.unavailable(id, error);
    }
    if (before) this.loaded.retire(idOf(name, before.version));
  }

  private loader(name: string, version: string, context: LoadContext): Loader {
    return { load: () => this.load(name, version, context), ms: context.loadMs };
  }

  private async load(name: string, version: string, context: LoadContext): Promise<Model> {
    const id = idOf(name, version);
    const loading = withinTime(
      context.loadMs,
      (signal) => loadModel(context, name, version, signal),
      (late) => late.dispose(),
    );
    context.waitUntil(loading.catch(() => undefined));
    try {
      const model = await loading;
      this.loads += 1;
      this.logged.delete(id);
      return model;
    } catch (error) {
      if (error instanceof ModelMissing) throw error;
      this.failures += 1;
      throw this.unavailable(id, error);
    }
  }

  private unavailable(what: string, cause: unknown): ModelUnavailable {
    const message = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
    if (this.logged.get(what) !== message) logError(cause, { model: what });
    this.logged.set(what, message);
    return new ModelUnavailable(message, { cause });
  }
}
