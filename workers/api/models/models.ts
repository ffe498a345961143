import type { Model } from "../../../shared/model.ts";
import { PackageError } from "../../../shared/package/error.ts";
import type { Signer } from "../../../shared/package/signature.ts";
import { logError } from "../../http/log.ts";
import { ApiError } from "../error.ts";
import { SingleFlight } from "./singleFlight.ts";
import type { Arithmetic } from "../engine/engine.ts";
import { canEmbed, loadModel, ModelMissing, readPointer, warmUp } from "./load.ts";
import { LoadedModels } from "./loadedModels.ts";
import { withinTime } from "./timeLimit.ts";

/** What a request asks for; without a version, the one that the channel serves. */
export interface Selector {
  name: string;
  version?: string;
}

/** What a request lends to the loading of models. */
export interface LoadContext {
  bucket: R2Bucket;
  channel: string;
  refreshMs: number;
  /** How long a load may take. */
  loadMs: number;
  arithmetic: Arithmetic;
  /** Whose signature a package must bear; anybody's and none where not given. */
  signers: Signer[] | undefined;
  /** What models may take of the isolate's memory together. */
  modelBytes: number;
  /** Keeps work alive when the request is over, or its client has gone. */
  waitUntil(promise: Promise<unknown>): void;
}

/** The bucket has the model, but it cannot be loaded; `cause` says why. */
export class ModelUnavailable extends Error {
  override name = "ModelUnavailable";
}

/** The version that answers for a name. */
interface Served {
  version: string;
  checked: number;
  /** Why the channel's version is not the one that is served. */
  refreshError?: string;
  /** A version whose files are wrong: to read them at every check would be in vain. */
  refused?: { version: string; at: number };
}

/** Wrong files are read again after so long: they may have been signed anew, or read wrongly. */
const REFUSED_MS = 60_000;

/** Of an isolate, since it started. */
export interface ModelStatistics {
  loads: number;
  failures: number;
  residentBytes: number;
}

export const idOf = (name: string, version: string) => `${name}@${version}`;

/**
 * The isolate's models. A name answers with the version that its channel pointed to when last
 * checked; the check runs behind a request, and a new version takes over once it has run. One that
 * cannot be loaded leaves the old in service.
 */
export class Models {
  private readonly served = new Map<string, Served>();
  private readonly residents = new LoadedModels();
  private readonly checks = new SingleFlight<Served>();
  /** The last problem of each name or version, so that it is logged once, not at every check. */
  private readonly logged = new Map<string, string>();
  private loads = 0;
  private failures = 0;

  /**
   * Runs `callback` with a model that stays whole until it is done; it must not await I/O.
   *
   * @throws ModelMissing, ModelUnavailable
   */
  async use<T>(
    selector: Selector,
    host: LoadContext,
    callback: (model: Model) => Promise<T>,
  ): Promise<T> {
    const { name } = selector;
    this.residents.limitBytes = host.modelBytes;
    const version = selector.version ?? (await this.currentVersion(name, host));
    const id = idOf(name, version);
    const load = () => this.load(name, version, host);
    return this.residents.use(id, load, async (model) => {
      try {
        return await callback(model);
      } catch (error) {
        // The first model of an isolate serves untried. Who asked wrongly has not found a fault of it.
        if (error instanceof ApiError || canEmbed(model)) throw error;
        throw this.unavailable(id, error);
      }
    });
  }

  /** Why a newer version is not served, where that is so. */
  refreshError(name: string): string | undefined {
    return this.served.get(name)?.refreshError;
  }

  get statistics(): ModelStatistics {
    const { loads, failures, residents } = this;
    return { loads, failures, residentBytes: residents.bytes };
  }

  private async currentVersion(name: string, host: LoadContext): Promise<string> {
    const served = this.served.get(name);
    if (!served) return (await this.check(name, host)).version;
    if (Date.now() - served.checked >= host.refreshMs) {
      served.checked = Date.now();
      void this.check(name, host);
    }
    return served.version;
  }

  /** Follows the channel's pointer. Rejects only where no version is served yet. */
  private check(name: string, host: LoadContext): Promise<Served> {
    return this.checks.run(name, () => {
      const outcome = this.follow(name, host).catch((error: unknown) => {
        const served = this.served.get(name);
        if (!served || !(error instanceof ModelUnavailable)) throw error;
        served.refreshError = error.message;
        return served;
      });
      // Others wait for this too: it must outlive the request that began it.
      host.waitUntil(outcome.catch(() => undefined));
      return outcome;
    });
  }

  private async follow(name: string, host: LoadContext): Promise<Served> {
    const before = this.served.get(name);
    const reading = readPointer(host.bucket, name, host.channel);
    const version = await withinTime(host.loadMs, reading).catch((error: unknown) => {
      if (error instanceof ModelMissing && !before) throw error;
      throw this.unavailable(name, error);
    });
    const { refused } = before ?? {};
    const stillRefused = refused?.version === version && Date.now() - refused.at < REFUSED_MS;
    if (before && stillRefused) return before;
    if (version !== before?.version) await this.replace(before, name, version, host);
    const served = { version, checked: Date.now() };
    this.served.set(name, served);
    return served;
  }

  private async replace(
    before: Served | undefined,
    name: string,
    version: string,
    host: LoadContext,
  ): Promise<void> {
    const id = idOf(name, version);
    try {
      await this.residents.add(id, async () => {
        const model = await this.load(name, version, host);
        if (before) await warmUp(model);
        return model;
      });
    } catch (error) {
      if (!(error instanceof ModelUnavailable)) throw this.unavailable(id, error);
      if (before && error.cause instanceof PackageError) {
        before.refused = { version, at: Date.now() };
      }
      throw error;
    }
    if (before) this.residents.retire(idOf(name, before.version));
  }

  private async load(name: string, version: string, host: LoadContext): Promise<Model> {
    const id = idOf(name, version);
    const { bucket, loadMs, arithmetic, signers } = host;
    const task = loadModel(bucket, name, version, arithmetic, signers);
    const loading = withinTime(loadMs, task, (late) => late.dispose());
    host.waitUntil(loading.catch(() => undefined));
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
