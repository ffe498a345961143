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
