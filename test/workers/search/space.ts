import type { NewItem } from "../../../workers/protocol/shard.ts";
import type { Space, Vector } from "../../../workers/protocol/vector.ts";

/** Numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

/** A random direction: sums of uniform numbers are nearly normal. */
export const direction = (next: () => number, width: number): Float32Array =>
  unit(Float32Array.from({ length: width }, () => next() + next() + next() + next() - 2));

/** Near one of the centres. */
export function near(next: () => number, centre: Float32Array, spread: number): Float32Array {
  const noise = direction(next, centre.length);
  return unit(centre.map((value, i) => value + spread * noise[i]));
}

export const product = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

export const LOCAL: Space = { version: "local-1", width: 24, local: true };
export const PLAIN: Space = { version: "plain-1", width: 20, local: false };

export function vectorOf(next: () => number, { width, local }: Space): Vector {
  const embedding = direction(next, width);
  if (!local) return { embedding };
  return { embedding, place: direction(next, width), reference: 0.3 + 0.2 * next() };
}

export const itemOf = (id: string, vectors: Record<string, Vector>): NewItem => ({
  id,
  metadata: {},
  sha256: null,
  image: null,
  etag: null,
  vectors,
});
