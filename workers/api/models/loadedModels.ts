import type { Model } from "../../../shared/model.ts";
import { SingleFlight } from "./singleFlight.ts";

interface Resident {
  readonly model: Model;
  users: number;
  /** Out of the table: disposed of as soon as nobody uses it. */
  retired: boolean;
}

function disposeIfUnused({ model, users, retired }: Resident): void {
  if (retired && users === 0) model.dispose();
}

/**
 * The models in memory, by `name@version`, in a bounded number of bytes: the least recently used leave
 * first. The one that has come last stays, however large it is.
 */
export class LoadedModels {
  /** Given by the Worker's variables, which come with a request. */
  limitBytes = Infinity;
  /** In order of last use. */
  private readonly table = new Map<string, Resident>();
  private readonly loads = new SingleFlight<Resident>();

  /** What the models take. */
  get bytes(): number {
    return [...this.table.values()].reduce((sum, { model }) => sum + model.bytes, 0);
  }

  /** Makes sure that a model is in memory. Rejects as `load` does. */
  async add(id: string, load: () => Promise<Model>): Promise<void> {
    await this.find(id, load);
  }

  /**
   * Runs `callback` with a model that stays whole until it is done.
   *
   * The callback must not await I/O: a request whose client has gone never goes on after it, and
   * would keep its model for ever.
   */
  async use<T>(
    id: string,
    load: () => Promise<Model>,
    callback: (model: Model) => Promise<T>,
  ): Promise<T> {
    const resident = this.table.get(id) ?? (await this.find(id, load));
    // Between the end of a load and this line another task may have retired the model.
    if (resident.retired) return this.use(id, load, callback);
    this.table.delete(id);
    this.table.set(id, resident);
    resident.users += 1;
    try {
      return await callback(resident.model);
    } finally {
      resident.users -= 1;
      disposeIfUnused(resident);
    }
  }

  /** Takes a model out of memory, once its last user is done. */
  retire(id: string): void {
    const resident = this.table.get(id);
    if (!resident) return;
    this.table.delete(id);
    resident.retired = true;
    disposeIfUnused(resident);
  }

  private async find(id: string, load: () => Promise<Model>): Promise<Resident> {
    return (
      this.table.get(id) ??
      this.loads.run(id, async () => {
        const resident = { model: await load(), users: 0, retired: false };
        this.table.set(id, resident);
        this.makeRoom();
        return resident;
      })
    );
  }

  private makeRoom(): void {
    for (const id of [...this.table.keys()].slice(0, -1)) {
      if (this.bytes <= this.limitBytes) return;
      this.retire(id);
    }
  }
}
