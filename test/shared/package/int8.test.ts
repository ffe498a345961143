import { describe, expect, it } from "vitest";
import type { Network } from "../../../shared/network/schema.ts";
import { decodePackage, encodePackage, type Package } from "../../../shared/package/codec.ts";
import type { Activations } from "../../../shared/quantization/activations.ts";
import { withTensors } from "../../workers/registry/reseal.ts";
import { each, numbers } from "../../oracles/numbers.ts";
import { content, packageTensors } from "../../oracles/package.ts";

/** A package for int8 arithmetic: a kernel that is stored in 8 bits reads another layer's activations. */

const network: Network = [
  {
    op: "conv2d",
    name: "first",
    inputs: ["input"],
    filters: 72,
    kernelSize: [3, 3],
    strides: [2, 2],
    padding: "same",
    activation: "relu",
  },
  {
    op: "max_pool2d",
    name: "pooled",
    inputs: ["first"],
    poolSize: [2, 2],
    strides: [1, 1],
    padding: "same",
  },
  {
    op: "conv2d",
    name: "second",
    inputs: ["pooled"],
    filters: 60,
    kernelSize: [1, 1],
    strides: [1, 1],
    padding: "valid",
    activation: "linear",
  },
  { op: "global_average_pool2d", name: "mean", inputs: ["second"] },
  { op: "dense", name: "features", inputs: ["mean"], units: 4, activation: "linear" },
];

const int8 = { ...content, network, quantization: { scheme: "int8" as const } };

const activations = (channels: number, zero: number): Activations => ({
  scale: numbers(channels, 4).map((x) => 0.01 + 0.02 * Math.abs(x)),
  zero: new Float32Array(channels).fill(zero),
});
const stated = new Map([
  ["first", activations(72, 0)],
  ["second", activations(60, 64)],
]);

const pack = (statements = int8, layers: ReadonlyMap<string, Activations> = stated) =>
  encodePackage(statements, packageTensors(statements), layers);

describe("a package for int8 arithmetic", () => {
  it("states activations, and those of layers that pass on what they read", async () => {
    const { activations: all } = await decodePackage(await pack());
    expect([...(all?.keys() ?? [])].sort()).toEqual(["first", "input", "pooled", "second"]);
    expect(all?.get("pooled")).toEqual(stated.get("first"));
    expect(all?.get("second")).toEqual(stated.get("second"));
    const { mean, std } = content.input;
    expect(all?.get("input")).toEqual({
      scale: Float32Array.from(std, (value) => 2 / 255 / value),
      zero: Float32Array.from(mean, (value) => 127.5 * value),
    });
  });

  it("keeps kernels within half a step of output channel over what the input channel stands for", async () => {
    const original = packageTensors(int8);
    const { tensors } = await decodePackage(await pack());
    const [kernel, decoded] = [original, tensors].map((all) => all.get("second/kernel")?.values);
    if (!kernel || !decoded) throw new Error("the kernel is gone");
    const scale = stated.get("first")?.scale ?? [];
    for (const o of each(60)) {
      const inputs = each(72);
      const largest = Math.max(...inputs.map((c) => Math.abs(scale[c] * kernel[c * 60 + o])));
      for (const c of inputs) {
        const error = scale[c] * Math.abs(kernel[c * 60 + o] - decoded[c * 60 + o]);
        expect(error).toBeLessThanOrEqual((0.5001 * largest) / 127);
      }
    }
    expect(tensors.get("second/kernel")?.quantized?.inputScales).toEqual(scale);
  });

  it("is not made without activations", async () => {
    await expect(pack(int8, new Map())).rejects.toMatchObject({ fault: "tensor_shape" });
  });

  it("is not made of a network that int8 arithmetic cannot run", async () => {
    const [first, , ...rest] = network;
    const wide: Network = [
      first,
      {
        op: "depthwise_conv2d",
        name: "pooled",
        inputs: ["first"],
        depthMultiplier: 2,
        kernelSize: [3, 3],
        strides: [1, 1],
        padding: "same",
        activation: "linear",
      },
      ...rest,
    ];
    await expect(pack({ ...int8, network: wide })).rejects.toThrow(
      'layer "pooled": only depthwise convolutions with a multiplier of 1',
    );
  });

  it.each([
    ["a scale of zero", 0, 0],
    ["a negative scale", 0, -1],
    ["a zero below what 7 bits hold", 60, -1],
    ["a zero above what 7 bits hold", 60, 128],
  ])("is refused with %s", async (_, at, value) => {
    const broken = await withTensors(await pack(), (raw) => {
      const { values = [], shape = [] } = raw.get("second.activations") ?? {};
      raw.set("second.activations", {
        shape,
        values: Float32Array.from(values, (other, i) => (i === at ? value : other)),
      });
    });
    await expect(decodePackage(broken)).rejects.toMatchObject({ fault: "tensor_value" });
  });

  it("is refused where activations say what the layer's ReLU cuts off", async () => {
    const negative = new Map([...stated, ["first", activations(72, 1)]]);
    await expect(pack(int8, negative).then(decodePackage)).rejects.toThrow(
      'tensor "first.activations" says what the layer\'s activation cuts off',
    );
    const [first, ...rest] = network;
    const upTo6 = { ...int8, network: [{ ...first, activation: "relu6" }, ...rest] as Network };
    await expect(pack(upTo6).then(decodePackage)).resolves.toBeDefined();
    const wide = { scale: new Float32Array(72).fill(0.05), zero: new Float32Array(72) };
    const above = pack(upTo6, new Map([...stated, ["first", wide]]));
    await expect(above.then(decodePackage)).rejects.toMatchObject({ fault: "tensor_value" });
  });

  it("makes float32 values only when they are asked for", async () => {
    const { tensors }: Package = await decodePackage(await pack());
    const kernel = tensors.get("second/kernel");
    expect(kernel?.values).toEqual(kernel?.values);
    expect(kernel?.values).not.toBe(kernel?.values);
  });
});
