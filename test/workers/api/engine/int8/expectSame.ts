import { expect } from "vitest";
import type { Network } from "../../../../../shared/network/schema.ts";
import { Int8Embedder } from "../../../../../workers/api/engine/int8/embedder.ts";
import { makeCase } from "./case.ts";

/**
 * Fails unless both builds of the kernel give the same features, and these differ from the oracle's by at most three
 * steps anywhere and half a one on the average: a step of what a layer reads may be three of what it gives, and means
 * of two lie between two steps.
 */
export async function expectSame(
  network: Network,
  size: { height: number; width: number },
  seed: number,
): Promise<void> {
  const { content, pixels, expected, step } = await makeCase(network, size, seed);
  const norm = Math.hypot(...expected);
  const [pairs, fused] = await Promise.all(
    (["pairs", "fused"] as const).map(async (build) => {
      const embedder = await Int8Embedder.open(content, build);
      return embedder.embed(pixels);
    }),
  );
  expect(pairs).toEqual(fused);
  expect(pairs.length).toBe(expected.length);
  const errors = expected.map((value, i) => Math.abs(value - pairs[i] * norm) / step);
  expect(Math.max(...errors)).toBeLessThan(3.01);
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.5);
}
