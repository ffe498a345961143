import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { UserError } from "../../../../trainer/error.ts";
import { buildGoogLeNet } from "../../../../trainer/networks/backbones/googlenet.ts";
import { size } from "../../../oracles/numbers.ts";
import { disturb, expectSame } from "../../export/same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("GoogLeNet", () => {
  it("has the published shapes and convolutions", () => {
    const model = buildGoogLeNet(224, 1);
    const shapeOf = (name: string) => model.getLayer(name).outputShape;
    // Szegedy et al. 2015, table 1.
    expect(shapeOf("conv1")).toEqual([null, 112, 112, 64]);
    expect(shapeOf("conv2")).toEqual([null, 56, 56, 192]);
    expect(shapeOf("inception3a")).toEqual([null, 28, 28, 256]);
    expect(shapeOf("inception3b")).toEqual([null, 28, 28, 480]);
    expect(shapeOf("inception4a")).toEqual([null, 14, 14, 512]);
    expect(shapeOf("inception4d")).toEqual([null, 14, 14, 528]);
    expect(shapeOf("inception4e")).toEqual([null, 14, 14, 832]);
    expect(shapeOf("inception5b")).toEqual([null, 7, 7, 1024]);
    expect(model.outputs[0].shape).toEqual([null, 1024]);
    const kernels = model.trainableWeights.flatMap(({ originalName, shape }) =>
      originalName.endsWith("/kernel") ? [shape.map((size) => size ?? 0)] : [],
    );
    expect(kernels).toHaveLength(57);
    // Caffe's GoogLeNet has 6,998,552 parameters: a classifier, a bias for each filter, and these.
    const count = kernels.reduce((sum, shape) => sum + size(shape), 0);
    const filters = kernels.reduce((sum, shape) => sum + shape[3], 0);
    expect(count).toBe(6_998_552 - (1024 + 1) * 1000 - filters);
    model.dispose();
  });

  it("runs at the edge as in training", () => {
    const model = buildGoogLeNet(64, 1);
    disturb(model);
    const { network } = expectSame(model, 64);
    // Convolutions, max pools between and in the modules, modules, the pool.
    expect(network).toHaveLength(57 + 4 + 9 + 9 + 1);
  });

  it("says that it needs larger images", () => {
    expect(() => buildGoogLeNet(63, 1)).toThrow(UserError);
    expect(() => buildGoogLeNet(63, 1)).toThrow("64 pixels or more (--size), not 63");
  });
});
