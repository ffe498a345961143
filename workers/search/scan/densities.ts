import { collectionDensity } from "../../../shared/pddm/density.ts";
import { DENSITIES_BYTES, SLOTS } from "./layout.ts";

/** Of items whose nearest are known their number and the sum of reference minus nearest; and outdated items. */
export interface Tally {
  settled: number;
  drift: number;
  outdated: number;
}

/** What a density also depends on: how many other items the collection has, and its shift. */
export interface Surroundings {
  others: number;
  shift: number;
}

/**
 * What the densities of a block's items are made of; shared/pddm/density.ts has the equations. Until the nearest
 * of an item are found, its density is that by the references.
 */
export class Densities {
  /** g: mean of the nearest cosines; NaN while it is unknown. */
  private readonly nearest: Float32Array;
  /** Density by the references; NaN for an empty slot. */
  private readonly references: Float32Array;
  /** Items of the collection when `nearest` was found, or 0; negative if it is to be found anew. */
  private readonly taken: Float32Array;

  /** @param buffer what is read and changed */
  constructor(
    readonly buffer: ArrayBuffer = new Float32Array(3 * SLOTS).fill(NaN).buffer,
    at = 0,
  ) {
    if (buffer.byteLength < at + DENSITIES_BYTES) {
      throw new Error(`densities of a block have ${DENSITIES_BYTES} bytes`);
    }
    this.nearest = new Float32Array(buffer, at, SLOTS);
    this.references = new Float32Array(buffer, at + DENSITIES_BYTES / 3, SLOTS);
    this.taken = new Float32Array(buffer, at + (2 * DENSITIES_BYTES) / 3, SLOTS);
  }

  has(slot: number): boolean {
    return !Number.isNaN(this.references[slot]);
  }

  /** A new item, whose nearest are unknown. */
  put(slot: number, reference: number): void {
    this.nearest[slot] = NaN;
    this.references[slot] = reference;
    this.taken[slot] = 0;
  }

  clear(slot: number): void {
    this.nearest[slot] = this.references[slot] = this.taken[slot] = NaN;
  }

  /** @param nearest NaN if there is no other item @param items of the collection, this one among them */
  take(slot: number, nearest: number, items: number): void {
    this.nearest[slot] = nearest;
    this.taken[slot] = items;
  }

  isOutdated(slot: number): boolean {
    return this.taken[slot]! <= 0;
  }

  /** Says that the nearest are to be found anew. @returns whether that is news */
  mark(slot: number): boolean {
    if (!(this.taken[slot]! > 0)) return false;
    this.taken[slot] = -this.taken[slot]!;
    return true;
  }

  /** Marks the items whose nearest were found when the collection was of another size. @returns whether there are any */
  markResized(items: number, tolerance: number): boolean {
    let some = false;
    for (let slot = 0; slot < SLOTS; slot++) {
      const taken = this.taken[slot]!;
      if (Math.abs(items - taken) > tolerance * taken) some = this.mark(slot) || some;
    }
    return some;
  }

  /** g, if it is known. */
  nearestOf(slot: number): number | null {
    const nearest = this.nearest[slot]!;
    return Number.isNaN(nearest) ? null : nearest;
  }

  /** r without what the shift of the collection adds to it where the nearest are known. */
  density(slot: number, { others, shift }: Surroundings): number {
    const [nearest, reference] = [this.nearestOf(slot), this.references[slot]!];
    if (nearest !== null) return collectionDensity(nearest, reference, others, 0);
    return reference - collectionDensity(shift, 0, others, 0);
  }

  tally(): Tally {
    let [settled, drift, outdated] = [0, 0, 0];
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.isOutdated(slot)) outdated++;
      const nearest = this.nearestOf(slot);
      if (nearest === null) continue;
      drift += this.references[slot]! - nearest;
      settled++;
    }
    return { settled, drift, outdated };
  }
}
