import { describe, expect, it } from "vitest";
import { Arena } from "../../../../../workers/api/engine/int8/arena.ts";
import { each, numbers } from "../../../../oracles/numbers.ts";

describe("an arena", () => {
  it("reuses a released address for the next buffer that fits", () => {
    const arena = new Arena(8);
    const [first, second] = [arena.take(100), arena.take(50)];
    arena.give(first);
    expect(arena.take(90)).toBe(first);
    expect(second).toBeGreaterThan(first + 100);
  });

  it("joins adjacent free pieces", () => {
    const arena = new Arena(0);
    const [first, second] = [arena.take(100), arena.take(100)];
    const last = arena.take(10);
    arena.give(first);
    arena.give(second);
    expect(arena.take(200)).toBe(first);
    expect(last).toBeGreaterThan(second);
  });

  it("grows only by the bytes missing behind a free end", () => {
    const arena = new Arena(0);
    arena.give(arena.take(100));
    const { end } = arena;
    arena.take(120);
    expect(arena.end - end).toBe(16);
  });

  it("refuses to release an address twice", () => {
    const arena = new Arena(0);
    const address = arena.take(1);
    arena.give(address);
    expect(() => arena.give(address)).toThrow(`no buffer begins at ${address}`);
  });

  it("never gives overlapping addresses", () => {
    const arena = new Arena(0);
    const taken: { address: number; bytes: number }[] = [];
    for (const [i, x] of numbers(400, 3).entries()) {
      if (x > 0.1 && taken.length > 0) {
        const [{ address }] = taken.splice(i % taken.length, 1);
        arena.give(address);
        continue;
      }
      const bytes = 1 + Math.floor(1000 * Math.abs(x));
      taken.push({ address: arena.take(bytes), bytes });
    }
    const sorted = taken.sort((a, b) => a.address - b.address);
    for (const i of each(sorted.length - 1)) {
      expect(sorted[i].address + sorted[i].bytes).toBeLessThanOrEqual(sorted[i + 1].address);
      expect(sorted[i + 1].address % 16).toBe(0);
    }
  });
});
