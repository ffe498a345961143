import * as tf from "@tensorflow/tfjs-core";
import { model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { buildMobileNetV2 } from "../../../../trainer/networks/backbones/mobilenetv2/build.ts";
import { numbers } from "../../../oracles/numbers.ts";
import { disturb, expectSame } from "../../export/same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

/** Height of a layer's output. */
const heightOf = (model: ReturnType<typeof buildMobileNetV2>, name: string) =>
  (model.getLayer(name).outputShape as number[])[1];

describe("MobileNetV2", () => {
  it("has the published size: 2,223,872 trained numbers without the classifier", () => {
    const model = buildMobileNetV2({ size: 32, width: 1 }, 1);
    const count = model.trainableWeights.reduce(
      (sum, { shape }) => sum + shape.reduce<number>((product, n) => product * (n ?? 0), 1),
      0,
    );
    expect(count).toBe(2_223_872);
    expect(model.outputs[0].shape).toEqual([null, 1280]);
  });

  it.each([
    { width: 0.35, stem: 16, first: 8, last: 112, features: 1280 },
    { width: 1.4, stem: 48, first: 24, last: 448, features: 1792 },
  ])(
    "rounds channels to multiples of 8 at width $width",
    ({ width, stem, first, last, features }) => {
      const model = buildMobileNetV2({ size: 32, width }, 1);
      const channels = (name: string) => (model.getLayer(name).outputShape as number[]).at(-1);
      expect(channels("conv0")).toBe(stem);
      expect(channels("block0-project")).toBe(first);
      expect(channels("block16-project")).toBe(last);
      expect(channels("pool")).toBe(features);
    },
  );

  it("halves the resolution where the published table does, or where it is told to", () => {
    const blocks = Array.from({ length: 17 }, (_, i) => i);
    const heights = (strided?: number[]) => {
      const model = buildMobileNetV2({ size: 64, width: 0.35, strided }, 1);
      return blocks.map((block) => heightOf(model, `block${block}-project`));
    };
    const rising = (at: number[]) => blocks.map((i) => 32 >> at.filter((b) => b <= i).length);
    expect(heights()).toEqual(rising([1, 3, 6, 13]));
    expect(heights([1, 3, 10, 13])).toEqual(rising([1, 3, 10, 13]));
  });

  it("adds the input where neither resolution nor channels change", () => {
    const model = buildMobileNetV2({ size: 32, width: 1 }, 1);
    const sums = model.layers.flatMap(({ name }) => /^block(\d+)-add$/.exec(name)?.[1] ?? []);
    expect(sums.map(Number)).toEqual([2, 4, 5, 7, 8, 9, 11, 12, 14, 15]);
  });

  it("ends in the mean of its last map plus the largest of it, channel by channel", () => {
    const network = buildMobileNetV2({ size: 65, width: 0.35 }, 1);
    disturb(network);
    const [map, pooled] = ["conv-last-relu", "pool"].map((name) => network.getLayer(name).output);
    const both = model({ inputs: network.inputs, outputs: [map, pooled] as SymbolicTensor[] });
    const images = tf.tensor(numbers(2 * 65 * 65 * 3, 5), [2, 65, 65, 3]);
    const [values, sums] = (both.predict(images) as tf.Tensor[]).map((it) => it.arraySync());
    const maps = values as number[][][][];
    maps.forEach((rows, image) => {
      const positions = rows.flat();
      expect(positions).toHaveLength(9);
      const expected = positions[0].map((_, channel) => {
        const seen = positions.map((position) => position[channel]);
        return seen.reduce((sum, value) => sum + value, 0) / seen.length + Math.max(...seen);
      });
      (sums as number[][])[image].forEach((sum, c) => expect(sum).toBeCloseTo(expected[c], 4));
    });
  });

  it("starts the same from the same seed", () => {
    const kernel = (seed: number) =>
      buildMobileNetV2({ size: 32, width: 0.35 }, seed)
        .getLayer("block3-expand")
        .getWeights()[0]
        .dataSync();
    expect(kernel(4)).toEqual(kernel(4));
    expect(kernel(4)).not.toEqual(kernel(5));
  });

  it("runs at the edge as in training, as published", () => {
    const model = buildMobileNetV2({ size: 33, width: 0.35 }, 1);
    disturb(model);
    const { network } = expectSame(model, 33);
    // Convolutions, residuals and the pool's four layers are left.
    expect(network).toHaveLength(1 + 2 + 16 * 3 + 10 + 1 + 4);
  });

  it("runs at the edge as in training, as MXNet lays it out", () => {
    const variant = { strided: [1, 3, 10, 13], padding: "symmetric", epsilon: 1e-5 } as const;
    const model = buildMobileNetV2({ size: 33, width: 0.35, firstExpansion: true, ...variant }, 1);
    disturb(model);
    const { network } = expectSame(model, 33);
    expect(network).toHaveLength(1 + 17 * 3 + 10 + 1 + 4);
    expect(network[0]).toMatchObject({ name: "conv0", padding: [1, 1, 1, 1] });
    const explicit = network.filter((layer) => "padding" in layer && Array.isArray(layer.padding));
    expect(explicit.map(({ name }) => name)).toEqual([
      "conv0",
      ...[1, 3, 10, 13].map((block) => `block${block}-depthwise`),
    ]);
  });
});
