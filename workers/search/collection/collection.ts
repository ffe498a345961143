import { DurableObject } from "cloudflare:workers";
import type {
  CollectionRecord,
  CollectionRpc,
  CollectionSpec,
  DuplicateJob,
  ItemError,
  Pair,
  RankedSpace,
  Rest,
  Slice,
  SyncJob,
} from "../../protocol/collection.ts";
import type { ShardRpc } from "../../protocol/shard.ts";
import { collectionNameKey } from "../../storage/layout.ts";
import { type Env, readEnv } from "../env.ts";
import { deletePictures } from "./deletePictures.ts";
import { Errors } from "./errors.ts";
import { Pairs } from "./pairs.ts";
import { roomOf, shardLimit, shardsFor } from "./room.ts";

/** How long to wait before a deletion that failed is tried again. */
const RETRY_MS = 5_000;

/** What the collection keeps under one key each. */
interface Kept {
  record: CollectionRecord;
  /** A collection that is being deleted. */
  leaving: CollectionRecord;
  /** Whether shards are still to be told what the record says. */
  telling: true;
  duplicates: DuplicateJob & { next: string | null; truncated: boolean };
  sync: SyncJob & { next: string | null };
}

/** Whether two specifications are of the same collection, whose capacity may differ. */
const isSame = (a: CollectionSpec, b: CollectionSpec) =>
  a.model === b.model &&
  a.storeImages === b.storeImages &&
  a.prefix === b.prefix &&
  a.candidates === b.candidates;

/**
 * A collection: what it is, which version of its model it serves, and the state of what is done for it in the
 * background. Its items lie in shards. Its name in the namespace is the name of the collection.
 */
export class Collection extends DurableObject<unknown> implements CollectionRpc {
  private readonly bindings: Env;
  private readonly failures: Errors;
  private readonly pairs: Pairs;
  private departure: Promise<void> | undefined;
  private advancing: Promise<unknown> = Promise.resolve();
  private telling: Promise<unknown> = Promise.resolve();
  /** How often what is served or wanted has changed. */
  private turns = 0;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.bindings = readEnv(env);
    this.failures = new Errors(ctx.storage.sql);
    this.pairs = new Pairs(ctx.storage.sql);
  }

  async create(
    spec: CollectionSpec,
    served: RankedSpace,
  ): Promise<{ created: boolean; record: CollectionRecord } | { differs: CollectionRecord }> {
    if (this.get("leaving")) await this.leave();
    const existing = this.get("record");
    if (existing && (!isSame(existing, spec) || !hasRoom(existing, spec.capacity))) {
      return { differs: existing };
    }
    const record = existing
      ? { ...existing, capacity: spec.capacity }
      : {
          ...spec,
          uid: `${spec.name}-${crypto.randomUUID()}`,
          shards: shardsFor(spec.capacity, served.width),
          served,
          target: null,
          created: new Date().toISOString(),
        };
    this.set("record", record);
    // Repeated for a collection that exists, because its making may have been interrupted.
    await Promise.all(
      this.shards(record).map((shard, index) =>
        shard.setUp({
          uid: record.uid,
          index,
          shards: record.shards,
          limit: shardLimit(record.capacity, record.shards),
          space: record.served,
        }),
      ),
    );
    await this.bindings.MODELS.put(collectionNameKey(record.name), "");
    return { created: !existing, record };
  }

  async record(): Promise<CollectionRecord | null> {
    return Promise.resolve(this.get("record") ?? null);
  }

  async retarget(target: RankedSpace): Promise<CollectionRecord | null> {
    const record = this.get("record");
    if (!record) return null;
    const wanted = target.version === record.served.version ? null : target;
    if (wanted?.version === record.target?.version) return record;
    return this.serve({ ...record, target: wanted });
  }

  /** One after the other, because one that gives up must not unseal shards for another that does not. */
  advance(): Promise<CollectionRecord | null> {
    const done = this.advancing.then(() => this.advanceOnce());
    this.advancing = done.catch(() => undefined);
    return done;
  }

  private async advanceOnce(): Promise<CollectionRecord | null> {
    const record = this.get("record");
    if (!record?.target) return record ?? null;
    const { target } = record;
    const { turns } = this;
    const missing = await Promise.all(
      this.shards(record).map((shard) => shard.seal(target.version)),
    );
    const now = this.get("record");
    // Whoever wants another version, and then this one again, has unsealed the shards.
    if (!now || this.turns !== turns) return now ?? null;
    if (missing.some((count) => count !== 0)) {
      // Whoever cannot compute vectors of the target must not be kept from writing until the others are ready.
      await Promise.all(this.shards(now).map((shard) => shard.unseal()));
      return this.get("record") ?? null;
    }
    return this.serve({ ...now, served: target, target: null });
  }

  async destroy(): Promise<boolean> {
    const record = this.get("record");
    if (record) {
      this.set("leaving", record);
      for (const key of ["record", "telling", "duplicates", "sync"]) {
        this.ctx.storage.kv.delete(key);
      }
      this.pairs.clear();
      this.failures.clearAll();
    }
    if (!this.get("leaving")) return false;
    await this.leave();
    return record !== undefined;
  }

  note(failed: Omit<ItemError, "attempts" | "at">[]): Promise<void> {
    if (this.get("record")) for (const failure of failed) this.failures.note(failure);
    return Promise.resolve();
  }

  settle(ids: string[]): Promise<void> {
    for (const id of ids) this.failures.clear(id);
    return Promise.resolve();
  }

  errors(after: string | null, limit: number): Promise<ItemError[]> {
    return Promise.resolve(this.failures.list(after, limit));
  }

  errorCount(): Promise<number> {
    return Promise.resolve(this.failures.count);
  }

  startDuplicates(minProbability: number, total: number): Promise<DuplicateJob | null> {
    if (!this.get("record")) return Promise.resolve(null);
    this.pairs.clear();
    const job: DuplicateJob = {
      id: crypto.randomUUID(),
      minProbability,
      state: "running",
      done: 0,
      total,
      started: new Date().toISOString(),
    };
    this.set("duplicates", { ...job, next: null, truncated: false });
    return Promise.resolve(job);
  }

  addPairs({ job, from, next }: Slice, compared: number, pairs: Pair[]): Promise<Rest> {
    const kept = this.get("duplicates");
    if (kept?.state !== "running" || kept.id !== job) return Promise.resolve("nothing");
    if (kept.next !== from) return Promise.resolve({ from: kept.next });
    const truncated = this.pairs.add(pairs) || kept.truncated;
    const done = kept.done + compared;
    const state = next === null ? "done" : "running";
    this.set("duplicates", { ...kept, done, next, state, truncated });
    return Promise.resolve(next === null ? "nothing" : { from: next });
  }

  async duplicateJob(): Promise<DuplicateJob | null> {
    return Promise.resolve(this.describeDuplicates()?.job ?? null);
  }

  async duplicates(): Promise<{ job: DuplicateJob; pairs: Pair[]; truncated: boolean } | null> {
    const found = this.describeDuplicates();
    return Promise.resolve(found && { ...found, pairs: this.pairs.all() });
  }

  private describeDuplicates(): { job: DuplicateJob; truncated: boolean } | null {
    const kept = this.get("duplicates");
    if (!kept) return null;
    const { next, truncated, ...job } = kept;
    return { job, truncated };
  }

  startSync(): Promise<{ job: SyncJob; from: string | null } | null> {
    if (!this.get("record")) return Promise.resolve(null);
    const running = this.get("sync");
    const job: Kept["sync"] =
      running?.state === "running"
        ? running
        : {
            id: crypto.randomUUID(),
            state: "running",
            listed: 0,
            changed: 0,
            removed: 0,
            started: new Date().toISOString(),
            next: null,
          };
    this.set("sync", job);
    const { next, ...rest } = job;
    return Promise.resolve({ job: rest, from: next });
  }

  stepSync(
    { job, from, next }: Slice,
    counts: Pick<SyncJob, "listed" | "changed" | "removed">,
  ): Promise<Rest> {
    const kept = this.get("sync");
    if (kept?.state !== "running" || kept.id !== job) return Promise.resolve("nothing");
    if (kept.next !== from) return Promise.resolve({ from: kept.next });
    this.set("sync", {
      ...kept,
      listed: kept.listed + counts.listed,
      changed: kept.changed + counts.changed,
      removed: kept.removed + counts.removed,
      state: next === null ? "done" : "running",
      next,
    });
    return Promise.resolve(next === null ? "nothing" : { from: next });
  }

  sync(): Promise<SyncJob | null> {
    const kept = this.get("sync");
    if (!kept) return Promise.resolve(null);
    const { next, ...job } = kept;
    return Promise.resolve(job);
  }

  /** Finishes what was interrupted. */
  override async alarm(): Promise<void> {
    if (this.get("leaving")) await this.leave();
    await this.tell();
  }

  private get<K extends keyof Kept>(key: K): Kept[K] | undefined {
    return this.ctx.storage.kv.get<Kept[K]>(key);
  }

  private set<K extends keyof Kept>(key: K, value: Kept[K]): void {
    this.ctx.storage.kv.put(key, value);
  }

  private shards({ uid, shards }: Pick<CollectionRecord, "uid" | "shards">): ShardRpc[] {
    const { SHARDS } = this.bindings;
    return Array.from({ length: shards }, (_, index) =>
      SHARDS.get(SHARDS.idFromName(`${uid}/${index}`)),
    );
  }

  /** Serves what a record says from this moment on, and tells the shards. */
  private async serve(record: CollectionRecord): Promise<CollectionRecord> {
    this.turns++;
    this.set("record", record);
    this.set("telling", true);
    await this.tell();
    return record;
  }

  /** One after the other, so that shards hear last what is the case last. */
  private tell(): Promise<void> {
    const told = this.telling.then(() => this.tellOnce());
    this.telling = told.catch(() => undefined);
    return told;
  }

  private async tellOnce(): Promise<void> {
    const record = this.get("record");
    if (!record || !this.get("telling")) return;
    await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    const { served, target } = record;
    await Promise.all(this.shards(record).map((shard) => shard.follow(served, target)));
    const now = this.get("record");
    const isCurrent =
      now?.served.version === served.version && now.target?.version === target?.version;
    if (isCurrent) this.ctx.storage.kv.delete("telling");
  }

  /** Deletes shards, pictures and name. Its callers wait for the same deletion, so that none outlives it. */
  private leave(): Promise<void> {
    this.departure ??= this.depart().finally(() => (this.departure = undefined));
    return this.departure;
  }

  private async depart(): Promise<void> {
    const leaving = this.get("leaving");
    if (!leaving) return;
    await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    await Promise.all(this.shards(leaving).map((shard) => shard.destroy()));
    await deletePictures(this.bindings.MODELS, leaving.uid);
    await this.bindings.MODELS.delete(collectionNameKey(leaving.name));
    this.ctx.storage.kv.delete("leaving");
  }
}

function hasRoom({ shards, served, ...record }: CollectionRecord, capacity: number): boolean {
  // A version of another width may have been served when it was made.
  return capacity <= Math.max(record.capacity, roomOf(shards, served.width));
}
