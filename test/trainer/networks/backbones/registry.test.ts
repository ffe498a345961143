import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import type { Backbone } from "../../../../trainer/networks/backbones/backbone.ts";
import {
  BACKBONE_NAMES,
  BACKBONES,
  DEFAULT_BACKBONE,
} from "../../../../trainer/networks/backbones/registry.ts";
import { disturb, expectSame } from "../../export/same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const all = Object.entries<Backbone>(BACKBONES);

describe("the backbones", () => {
  it("hold the default", () => {
    expect(BACKBONE_NAMES).toContain(DEFAULT_BACKBONE);
  });

  it.each(all)("give vectors, which the edge computes alike: %s", (_, { build, ...it }) => {
    const { size } = it.smallest;
    let widthRead = false;
    const options = {
      size,
      dimensions: 7,
      get width() {
        widthRead = true;
        return 0.35;
      },
    };
    const model = build(options, 1);
    expect(widthRead).toBe(it.hasWidth ?? false);
    expect(model.inputs[0].shape).toEqual([null, size, size, 3]);
    expect(model.outputs[0].shape).toHaveLength(2);
    expect(model.outputs[0].shape[1] === options.dimensions).toBe(it.hasHead ?? false);
    disturb(model);
    // Random weights let values grow from block to block, and rounding errors with them.
    expectSame(model, size, 1e-3);
    model.dispose();
  });
});
