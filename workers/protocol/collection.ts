import type { Space } from "./vector.ts";

/** What a collection, a Durable Object of the search Worker, does for others. */

/** What a collection is, as it was asked for. */
export interface CollectionSpec {
  name: string;
  model: string;
  /** Items that it must have room for. */
  capacity: number;
  /** Whether pictures are kept, so that another version of the model can embed them. */
  storeImages: boolean;
  /** Pictures of the bound bucket under this prefix belong to it; null: none. */
  prefix: string | null;
}

/** A collection as it is now. */
export interface CollectionRecord extends CollectionSpec {
  /** No other collection has had it. Shards and pictures are named by it. */
  uid: string;
  shards: number;
  /** What is served. */
  served: Space;
  /** What will be served when all items have vectors of it. */
  target: Space | null;
  created: string;
}

/** Why an item is not in the collection. */
export interface ItemError {
  /** The id of the item, or the key of the object in the bucket. */
  id: string;
  code: string;
  message: string;
  /** How often it was tried. */
  attempts: number;
  /** When it was last tried. */
  at: string;
}

/** Two items that may be the same. */
export interface Pair {
  a: string;
  b: string;
  score: number;
  probability: number;
}

/** The search for duplicates. */
export interface DuplicateJob {
  /** Tells jobs apart. */
  id: string;
  version: string;
  minProbability: number;
  state: "running" | "done";
  /** Items compared, of about how many. */
  done: number;
  total: number;
  started: string;
}

/** A reconciliation with the bucket. */
export interface SyncJob {
  id: string;
  state: "running" | "done";
  /** Objects listed so far, those sent to be embedded, and items removed. */
  listed: number;
  changed: number;
  removed: number;
  started: string;
}

export interface CollectionRpc {
  /** Makes the collection. @returns whether it is new, and what it is; "differs" if it is another one already */
  create(
    spec: CollectionSpec,
    served: Space,
    shards: number,
  ): Promise<{ created: boolean; record: CollectionRecord } | { differs: CollectionRecord }>;
  record(): Promise<CollectionRecord | null>;
  /** Begins to move to another version, or to move back. @returns null if there is no such collection */
  retarget(target: Space | null): Promise<CollectionRecord | null>;
  /** Serves the target if all items have vectors of it. */
  advance(): Promise<CollectionRecord | null>;
  /** Forgets the collection and its shards. */
  destroy(): Promise<void>;

  /** Notes failures; a success clears that of its item. */
  note(failed: Omit<ItemError, "attempts" | "at">[], succeeded: string[]): Promise<void>;
  errors(after: string | null, limit: number): Promise<ItemError[]>;

  startDuplicates(minProbability: number, total: number): Promise<DuplicateJob>;
  /** Adds pairs of a slice of `compared` items. Ignores a slice of another job, or one that came before. */
  addPairs(
    job: string,
    slice: { from: string; next: string | null; compared: number },
    pairs: Pair[],
  ): Promise<void>;
  duplicates(): Promise<{ job: DuplicateJob; pairs: Pair[] } | null>;

  startSync(): Promise<SyncJob>;
  stepSync(
    job: string,
    from: string,
    next: string | null,
    counts: { listed: number; changed: number; removed: number },
  ): Promise<SyncJob | null>;
  sync(): Promise<SyncJob | null>;
}
