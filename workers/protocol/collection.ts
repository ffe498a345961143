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
  /** Where the first candidates of a search come from: the exact scan of the shards, or an index of Vectorize. */
  candidates: "scan" | "vectorize";
}

/** A space, and what results in it are ranked by: S, largest first, or the distance, smallest first. */
export interface RankedSpace extends Space {
  ranking: "s" | "d";
}

/** A collection as it is now. */
export interface CollectionRecord extends CollectionSpec {
  /** No other collection has had it. Shards and pictures are named by it. */
  uid: string;
  shards: number;
  /** What is served. */
  served: RankedSpace;
  /** What will be served when all items have vectors of it. */
  target: RankedSpace | null;
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

/** A slice of work of a job that goes through all items or objects. */
export interface Slice {
  job: string;
  /** Where it began and where the next one begins; null: at the beginning, and nothing is left. */
  from: string | null;
  next: string | null;
}

/** What is left of a job: where it is to go on, or nothing. */
export type Rest = { from: string | null } | "nothing";

export interface CollectionRpc {
  /**
   * Makes the collection, or lets it grow within its shards.
   *
   * @returns whether it is new, and what it is; "differs" if it is another one, or cannot grow so far
   */
  create(
    spec: CollectionSpec,
    served: RankedSpace,
  ): Promise<{ created: boolean; record: CollectionRecord } | { differs: CollectionRecord }>;
  record(): Promise<CollectionRecord | null>;
  /** Begins to move to another version, or stays at the one that is served. */
  retarget(target: RankedSpace): Promise<CollectionRecord | null>;
  /** Serves the target if all items have vectors of it. */
  advance(): Promise<CollectionRecord | null>;
  /** Forgets the collection, its shards and its pictures. @returns whether there was one */
  destroy(): Promise<boolean>;

  /** Notes failures. */
  note(failed: Omit<ItemError, "attempts" | "at">[]): Promise<void>;
  /** Forgets the failures of items that have succeeded, or are gone. */
  settle(ids: string[]): Promise<void>;
  errors(after: string | null, limit: number): Promise<ItemError[]>;
  errorCount(): Promise<number>;

  /** Begins a new search for duplicates. */
  startDuplicates(minProbability: number, total: number): Promise<DuplicateJob | null>;
  /** Adds what a slice has found, unless it comes again or the job is over. */
  addPairs(slice: Slice, compared: number, pairs: Pair[]): Promise<Rest>;
  duplicateJob(): Promise<DuplicateJob | null>;
  duplicates(): Promise<{ job: DuplicateJob; pairs: Pair[]; truncated: boolean } | null>;

  /** Begins a reconciliation, unless one runs. @returns it, and where it is to go on */
  startSync(): Promise<{ job: SyncJob; from: string | null } | null>;
  /** Counts what a slice has done, unless it comes again or the job is over. */
  stepSync(slice: Slice, counts: Pick<SyncJob, "listed" | "changed" | "removed">): Promise<Rest>;
  sync(): Promise<SyncJob | null>;
}
