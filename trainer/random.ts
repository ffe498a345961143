/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** Mixes integers into one 32-bit seed (the finaliser of MurmurHash3 over each). */
function mix(parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/**
 * Mulberry32, seeded by any number of integers: `seededRandom(seed, step)` gives a step its own
 * numbers, so that a resumed run draws what an uninterrupted one would have drawn.
 */
export function seededRandom(...parts: number[]): Random {
  let state = mix(parts);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` distinct items, in random order. @param count at most `items.length` */
export function sample<T>(items: readonly T[], count: number, random: Random): T[] {
  const pool = [...items];
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
  }
  return pool.slice(0, count);
}

/** A whole number from 0 to n - 1. @param n up to 2^53 */
function below(n: number, random: Random): number {
  // One draw has 32 bits, which are too few to reach each of more than 2^32 numbers.
  const high = Math.floor(random() * 2 ** 21);
  return Math.floor(((high + random()) / 2 ** 21) * n);
}

/**
 * Distinct whole numbers from 0 to n - 1, each set of them as likely (Floyd's algorithm: Bentley and
 * Floyd, 1987). It takes memory for what it draws, and not for the n that it draws from.
 *
 * @param n up to 2^53
 * @param count at most n
 */
export function sampleBelow(n: number, count: number, random: Random): number[] {
  const drawn = new Set<number>();
  for (let last = n - count; last < n; last++) {
    const number = below(last + 1, random);
    drawn.add(drawn.has(number) ? last : number);
  }
  return [...drawn];
}
