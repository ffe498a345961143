import { expect } from "vitest";
import type { Network } from "../../../../../shared/network/schema.ts";
import { Int8Embedder } from "../../../../../workers/api/engine/int8/embedder.ts";
import { makeCase } from "./case.ts";

/** Fails unless features by the engine and by the oracle differ by more than three steps anywhere, or half a one on the average: a step of what a layer reads may be three of what it gives, and means of two lie between two steps. */
export async function expectSame(
  network: Network,
  size: { height: number; width: number },
  seed: number,
): Promise<void> {
  const { content, pixels, expected, step } = await makeCase(network, size, seed);
  const embedder = await Int8Embedder.open(content);
  const norm = Math.hypot(...expected);
  const actual = embedder.embed(pixels);
  expect(actual.length).toBe(expected.length);
  const errors = expected.map((value, i) => Math.abs(value - actual[i] * norm) / step);
  expect(Math.max(...errors)).toBeLessThan(3.01);
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.5);
}
