import { UserError } from "../../../trainer/error.ts";
import { MAX_CAPACITY } from "../../../workers/api/contract/collections/collection.ts";
import type { Collection, CollectionClient } from "./client.ts";

/** What a new collection is to be. */
export interface Wanted {
  /** If not given, the Worker's default model. */
  model?: string;
  /** If not given, by the number of images. */
  capacity?: number;
  storeImages?: true;
}

/** At least twice as much as there is now: 1, 2 or 5 with zeros behind. */
export function generousCapacity(images: number): number {
  for (let unit = 1000; unit < MAX_CAPACITY; unit *= 10) {
    const fitting = [unit, 2 * unit, 5 * unit].find((capacity) => capacity >= 2 * images);
    if (fitting !== undefined) return Math.min(fitting, MAX_CAPACITY);
  }
  return MAX_CAPACITY;
}

/** @throws UserError if a collection that exists is not as it is wanted */
export function assertFits(
  { name, model, capacity, store_images }: Collection,
  wanted: Wanted,
): void {
  if (wanted.model !== undefined && wanted.model !== model) {
    throw new UserError(
      `--model: the collection ${name} is of the model "${model}", not "${wanted.model}"; give another --collection`,
    );
  }
  if (wanted.storeImages && !store_images) {
    throw new UserError(
      `--store-images: the collection ${name} keeps no images, which cannot change; give another --collection`,
    );
  }
  if (wanted.capacity !== undefined && wanted.capacity > capacity) {
    throw new UserError(
      `--capacity: the collection ${name} has a capacity of ${capacity}; PUT /collections/${name} lets it grow`,
    );
  }
}

/**
 * Makes a collection that does not exist.
 *
 * @throws UserError if the images would not fit into the capacity that is wanted
 */
export async function makeCollection(
  client: CollectionClient,
  { model, capacity, storeImages }: Wanted,
  images: number,
): Promise<Collection> {
  if (capacity !== undefined && capacity < images) {
    throw new UserError(
      `--capacity: ${capacity} is too small for the ${images} images of the folder`,
    );
  }
  return client.make({
    model,
    capacity: capacity ?? generousCapacity(images),
    store_images: storeImages ?? false,
  });
}
