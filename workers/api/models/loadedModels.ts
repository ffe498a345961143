import type { Model } from "../../../shared/model.ts";
import { SingleFlight } from "./singleFlight.ts";

interface Entry {
  readonly model: Model;
  users: number;
  /** Whether the model has left the table. It is disposed of when its last user is done. */
  retired: boolean;
}

function disposeIfUnused({ model, users, retired }: Entry): void {
  if (retired && users === 0) model.dispose();
}

/** Loads a model within `ms` milliseconds. */
export interface Loader {
  load: () => Promise<Model>;
  ms: number;
}

/** The timer that aborts a load may fire late on a busy CPU. */
const GRACE_MS = 5_000;

/**
 * The models in memory, by `name@version`, in a bounded number of bytes. The least recently used models are
 * removed first. The latest model stays even if it exceeds the limit alone.
 */
export class LoadedModels {
  /** Bytes for all models. Every request sets it from the Worker's variables. */
  limitBytes = Infinity;
  /** In order of last use, oldest first. */
  private readonly table = new Map<string, Entry>();
  private readonly loads = new SingleFlight<Entry>();

  /** Bytes of memory that all models take. */
  get bytes(): number {
    return [...this.table.values()].reduce((sum, { model }) => sum + model.bytes, 0);
  }

  /**
   * Loads a model if needed and tests it. A model that fails the test is removed. Other models are removed to
   * make room only after the test has passed. Rejects with the error of the loader or of the test.
   */
  async admit(id: string, loader: Loader, test: (model: Model) => void): Promise<void> {
    const entry = await this.find(id, loader);
    if (entry.retired) return this.admit(id, loader, test);
    try {
      test(entry.model);
    } catch (error) {
      this.retire(id);
      throw error;
    }
    this.touch(id, entry);
  }

  /**
   * Runs `callback` with a model that stays in memory until the callback is done.
   *
   * The callback must not await I/O: workerd never resumes a request whose client has gone, so the request
   * would hold the model for ever.
   */
  async use<T>(id: string, loader: Loader, callback: (model: Model) => Promise<T>): Promise<T> {
    const entry = this.table.get(id) ?? (await this.find(id, loader));
    // Another task may have retired the model between the end of the load and this line.
    if (entry.retired) return this.use(id, loader, callback);
    this.touch(id, entry);
    entry.users += 1;
    try {
      return await callback(entry.model);
    } finally {
      entry.users -= 1;
      disposeIfUnused(entry);
    }
  }

  /** Removes a model, and frees its memory when its last user is done. */
  retire(id: string): void {
    const entry = this.table.get(id);
    if (!entry) return;
    this.table.delete(id);
    entry.retired = true;
    disposeIfUnused(entry);
  }

  private async find(id: string, { load, ms }: Loader): Promise<Entry> {
    return (
      this.table.get(id) ??
      this.loads.run(id, ms + GRACE_MS, async () => {
        const model = await load();
        // A load that was presumed dead may still end, after another has taken its place.
        const there = this.table.get(id);
        if (there) {
          model.dispose();
          return there;
        }
        const entry = { model, users: 0, retired: false };
        this.table.set(id, entry);
        return entry;
      })
    );
  }

  /** Marks a model as just used, and removes others beyond the limit. */
  private touch(id: string, entry: Entry): void {
    this.table.delete(id);
    this.table.set(id, entry);
    for (const other of [...this.table.keys()].slice(0, -1)) {
      if (this.bytes <= this.limitBytes) return;
      this.retire(other);
    }
  }
}
