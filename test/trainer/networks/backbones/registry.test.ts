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
  it("hold the default, and no two schemes with the same sign", () => {
    expect(BACKBONE_NAMES).toContain(DEFAULT_BACKBONE);
    const signs = all.flatMap(([, { schemes = [] }]) => schemes.map(({ sign }) => sign));
    expect(new Set(signs).size).toBe(signs.length);
  });

  it.each(all)("give vectors, which the edge computes alike: %s", (_, { build, ...it }) => {
    const { size } = it.smallest;
    const dimensions = 7;
    const model = build({ size, width: 0.35, dimensions }, 1);
    expect(model.inputs[0].shape).toEqual([null, size, size, 3]);
    expect(model.outputs[0].shape).toHaveLength(2);
    expect(model.outputs[0].shape[1] === dimensions).toBe(it.hasHead ?? false);
    disturb(model);
    expectSame(model, size);
    model.dispose();
  });

  it.each(all)("get wider by width exactly if they say so: %s", (_, backbone) => {
    const { build, smallest, hasWidth = false } = backbone;
    const parameters = (width: number) => {
      const model = build({ size: smallest.size, width, dimensions: 8 }, 1);
      const count = model.countParams();
      model.dispose();
      return count;
    };
    expect(parameters(0.5) > parameters(0.35)).toBe(hasWidth);
  });
});
