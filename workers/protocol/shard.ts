import type { Filter, Metadata } from "./metadata.ts";
import type { Revision, Space, Vector } from "./vector.ts";

/**
 * What a shard of a collection, a Durable Object of the search Worker, does for others. Errors lose their class
 * on the way, so that what a caller must tell apart is an answer, not an error.
 */

/** What a shard is told when its collection is made. */
export interface ShardSetup {
  /** The collection's own name, which no other collection has had before. */
  uid: string;
  /** Position among the shards of the collection, and their number. */
  index: number;
  shards: number;
  /** Most items that the shard holds. */
  limit: number;
  space: Space;
}

/**
 * Why a shard did nothing:
 * - "gone": there is no such collection any more;
 * - "version": the collection serves another version, or also wants vectors of another one;
 * - "full": the items would be more than the limit.
 */
export interface Refusal {
  refused: "gone" | "version" | "full";
}

/** A picture in the bucket. */
export interface StoredImage {
  key: string;
}

/** An item to write. An id that exists already is replaced. */
export interface NewItem {
  id: string;
  metadata: Metadata;
  /** SHA-256 of the picture; null if an embedding was sent. */
  sha256: string | null;
  image: StoredImage | null;
  /** ETag of the object of the bucket that the item follows; null if it follows none. */
  etag: string | null;
  /** By version: all versions that the shard wants, or more. */
  vectors: Record<string, Vector>;
}

export interface Written {
  id: string;
  revision: Revision;
  /** The picture of the content that was replaced, which nothing refers to any more. */
  orphan: StoredImage | null;
  created: boolean;
}

/** An item without its vectors. */
export interface StoredItem {
  id: string;
  metadata: Metadata;
  sha256: string | null;
  image: StoredImage | null;
  etag: string | null;
  revision: Revision;
}

/** What to look for. */
export interface Question {
  version: string;
  /** A place in a local space, else an embedding; of length 1. */
  query: Float32Array;
  /** How many of the best items to answer; with `groupBy`, of how many groups, and then a few of each. */
  candidates: number;
  /** How many cosines of the nearest places to answer; 0 in a space that is not local. */
  neighbours: number;
  filter?: Filter;
  /** A key of metadata. Items without it, or with a list there, are left out. */
  groupBy?: string;
  /** Ids that are not answered. */
  excluded: string[];
}

export interface Candidate {
  id: string;
  metadata: Metadata;
  vector: Vector;
  /** As in `Located`. */
  nearest: number | null;
  /** What the scan ranks by, in float32: 2 z.z' - r' in a local space, else f.f'. Larger is nearer. */
  score: number;
}

export interface Found {
  /** The best first. */
  candidates: Candidate[];
  /** Cosines of the nearest places of all items but the excluded ones, whatever the filter; largest first. */
  cosines: number[];
  /** Items of the shard in this version. */
  items: number;
  /**
   * In a local space, the items whose `nearest` is known, and over them the sum of reference - nearest: what
   * `densityShift` of shared/pddm/density.ts takes the mean of.
   */
  settled: number;
  drift: number;
}

/** The nearest places of several queries. */
export interface Nearest {
  /** For each query the largest cosines, largest first. */
  cosines: Float32Array[];
  /** Items of the shard in this version. */
  items: number;
}

/** A place whose neighbours are wanted. */
export interface PlaceOf {
  /** The item that it belongs to, which is not its own neighbour. */
  id: string;
  place: Float32Array;
}

/** How near the neighbours of an item are. */
export interface Neighbourhood {
  id: string;
  revision: Revision;
  /** g of shared/pddm/density.ts: the mean cosine of the nearest other items of the collection. */
  nearest: number;
  /** Items of the collection when it was taken, its own among them. */
  items: number;
}

export interface ShardState {
  items: number;
  /** Items that lack a vector of the target, and those of them whose picture is nowhere. */
  pending: number;
  unpictured: number;
  /** Items whose `nearest` is to be taken anew. */
  outdated: number;
  /** Bytes of its database. */
  bytes: number;
}

/** An item and its vector in one version. */
export interface Located extends StoredItem {
  vector: Vector;
  /** In a local space, the last mean cosine of its nearest; null until it is first taken. */
  nearest: number | null;
}

export interface ShardRpc {
  /** Sets the shard up. If it is set up already, only changes its limit. */
  setUp(setup: ShardSetup): Promise<void>;
  /** Forgets everything. From then on the shard answers "gone". */
  destroy(): Promise<void>;
  /** Writes items, all or none. They are durable and seen by the next question when this answers. */
  put(items: NewItem[]): Promise<Written[] | Refusal>;
  /** @returns the items that were there */
  remove(ids: string[]): Promise<StoredItem[] | Refusal>;
  /** The items that are there, in any order. */
  get(version: string, ids: string[]): Promise<Located[] | Refusal>;
  /** Items in the order of the bytes of their ids. @param after an id, which need not exist */
  list(after: string | null, limit: number): Promise<StoredItem[] | Refusal>;
  search(question: Question): Promise<Found | Refusal>;
  /**
   * The nearest places of each query among all items. Marks the items found as outdated: the query is new among
   * them, or it has left.
   */
  nearest(
    version: string,
    queries: PlaceOf[],
    neighbours: number,
    mark: boolean,
  ): Promise<Nearest | Refusal>;
  /** Stores what is known of the neighbours of items whose revision is still that. */
  setNeighbourhoods(version: string, neighbourhoods: Neighbourhood[]): Promise<void>;
  state(): Promise<ShardState | Refusal>;

  /** Says which version is served and which one is wanted next. */
  follow(served: Space, target: Space | null): Promise<void>;
  /** Items without a vector of the target whose picture is stored or in a bucket, in the order of their ids. */
  pending(after: string | null, limit: number): Promise<StoredItem[] | Refusal>;
  /** Adds vectors of the target to items whose revision is still that. */
  supply(
    version: string,
    vectors: { id: string; revision: Revision; vector: Vector }[],
  ): Promise<void>;
  /**
   * If no item lacks a vector of the target, refuses from now on what does, and answers questions by it.
   *
   * @returns the items that lack one; null if the version is not the target
   */
  seal(version: string): Promise<number | null>;
  /** Takes that back. */
  unseal(): Promise<void>;
}
