/** How a version of a model lays out the vectors of a collection. */
export interface Space {
  version: string;
  /** Length of an embedding, and of a place. */
  width: number;
  /**
   * Whether items have places, which S of the local form compares: the scan then ranks by 2 z.z' - r', where r' is
   * `collectionDensity` of shared/pddm/density.ts without the shift, which is the same for all. (An item whose
   * nearest are unknown is compared with the shift of its shard.) Otherwise the scan ranks by the cosine of
   * embeddings.
   */
  local: boolean;
}

/** What a version of a model knows of an item. */
export interface Vector {
  /** The unit vector f. */
  embedding: Float32Array;
  /** Only in a local space: z of shared/pddm/local.ts, of length 1. */
  place?: Float32Array;
  /** Only in a local space: the density among the references of the package. */
  reference?: number;
}

/** Whole numbers tell apart the contents that an id has had. They grow within a shard. */
export type Revision = number;
