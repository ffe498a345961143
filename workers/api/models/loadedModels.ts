import type { Model } from "../../../shared/model.ts";
import { SingleFlight } from "./singleFlight.ts";

interface Entry {
  readonly model: Model;
  users: number;
  /** Out of the table: disposed of as soon as its last user is done. */
  retired: boolean;
}

function disposeIfUnused({ model, users, retired }: Entry): void {
  if (retired && users === 0) model.dispose();
}

/** How a model comes into memory, and how long that may take. */
export interface Loader {
  load: () => Promise<Model>;
  ms: number;
}

/** The timer that ends a load may fire late, on a busy CPU. */
const GRACE_MS = 5_000;

/**
 * The models in memory, by `name@version`, in a bounded number of bytes: the least recently used leave
 * first. The last one that came stays, however large it is.
 */
export class LoadedModels {
  /** Set from the Worker's variables, which come with a request. */
  limitBytes = Infinity;
  /** In order of last use. */
  private readonly table = new Map<string, Entry>();
  private readonly loads = new SingleFlight<Entry>();

  /** Bytes that the models take. */
  get bytes(): number {
    return [...this.table.values()].reduce((sum, { model }) => sum + model.bytes, 0);
  }

  /**
   * Makes sure that a model is in memory and passes a test, whoever loaded it. A model that fails the test
   * leaves, and others leave for a model only after it has passed. Rejects as the loader and the test do.
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
   * Runs `callback` with a model that is not disposed of before it is done.
   *
   * The callback must not await I/O: workerd never resumes a request whose client has gone, which would
   * then hold its model for ever.
   */
  async use<T>(id: string, loader: Loader, callback: (model: Model) => Promise<T>): Promise<T> {
    const entry = this.table.get(id) ?? (await this.find(id, loader));
    // Between the end of a load and this line another task may have retired the model.
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

  /** Takes a model out of memory, once its last user is done. */
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
        // A load that was taken for dead may still end, after another took its place.
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

  /** Notes a use of a model, and lets others leave where there is not room for all. */
  private touch(id: string, entry: Entry): void {
    this.table.delete(id);
    this.table.set(id, entry);
    for (const other of [...this.table.keys()].slice(0, -1)) {
      if (this.bytes <= this.limitBytes) return;
      this.retire(other);
    }
  }
}
