import { beforeAll, describe, expect, it } from "vitest";
import {
  countFlops,
  drawNetwork,
  MOBILENET_LARGE,
  pack,
  QUICK,
} from "../../../../scripts/harness/bench/networks.ts";
import { decodePackage } from "../../../../shared/package/codec.ts";
import { openBackend } from "../../../../trainer/backends/open.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("a network to measure", () => {
  it("is a valid package, the same at every run", async () => {
    const first = await pack(await drawNetwork(QUICK), "int8-per-output-channel");
    const second = await pack(await drawNetwork(QUICK), "int8-per-output-channel");
    expect(second.manifest).toBe(first.manifest);
    const { manifest } = await decodePackage(first);
    expect(manifest).toMatchObject({ name: "small-32", embedding: { dimensions: 64 } });
    expect(manifest.pddm).toEqual({ form: "published", hidden: 32 });
  });

  it("has the operations that are published", async () => {
    // Three 3x3 convolutions of stride 2, and a dense layer over 4 x 4 x 128.
    const convolutions = 16 * 16 * 9 * 3 * 32 + 8 * 8 * 9 * 32 * 64 + 4 * 4 * 9 * 64 * 128;
    expect(countFlops(await drawNetwork(QUICK))).toBe(2 * (convolutions + 4 * 4 * 128 * 64));
    // Sandler et al. 2018, table 4: 300 million multiply-adds, of which the classifier has 1.28.
    const large = countFlops(await drawNetwork(MOBILENET_LARGE)) / 2e6;
    expect(large).toBeGreaterThan(297);
    expect(large).toBeLessThan(302);
  });
});
