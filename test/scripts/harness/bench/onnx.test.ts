import { beforeAll, describe, expect, it } from "vitest";
import { cosine } from "../../../../scripts/harness/bench/cosine.ts";
import { Message } from "../../../../scripts/harness/bench/onnx/wire.ts";
import {
  ONNX_INPUT,
  ONNX_OUTPUT,
  writeOnnx,
} from "../../../../scripts/harness/bench/onnx/network.ts";
import { importOrt } from "../../../../scripts/harness/bench/onnx/runtime.ts";
import { Model } from "../../../../shared/model.ts";
import type { Network } from "../../../../shared/network/schema.ts";
import { inferShapes } from "../../../../shared/network/shapes.ts";
import { decodePackage, type Package } from "../../../../shared/package/codec.ts";
import { drawNetwork, pack, QUICK } from "../../../../scripts/harness/bench/networks.ts";
import { openBackend } from "../../../../trainer/backends/open.ts";
import { seededRandom } from "../../../../trainer/random.ts";
import { testPixels } from "../../../../workers/bench/data.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

describe("a message", () => {
  it("is written as the format's documentation shows", () => {
    // https://protobuf.dev/programming-guides/encoding/
    expect([...new Message().int(1, 150).encode()]).toEqual([0x08, 0x96, 0x01]);
    const text = new Message().text(2, "testing").encode();
    expect([...text]).toEqual([0x12, 0x07, ...new TextEncoder().encode("testing")]);
    const nested = new Message().message(3, new Message().int(1, 150)).encode();
    expect([...nested]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new Message().int(6, 0, 128, 2 ** 40).encode()]).toEqual([
      ...[0x30, 0, 0x30, 0x80, 0x01],
      ...[0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
    ]);
  });
});

/** Every layer that there is, padded in every way. */
const network: Network = [
  {
    ...{ op: "conv2d", name: "stem", inputs: ["input"], filters: 6, kernelSize: [3, 5] },
    ...{ strides: [2, 2], padding: "same", activation: "relu6" },
  },
  {
    ...{ op: "depthwise_conv2d", name: "depth", inputs: ["stem"], depthMultiplier: 2 },
    ...{ kernelSize: [3, 3], strides: [1, 1], padding: [1, 0, 2, 1], activation: "linear" },
  },
  { op: "activation", name: "relu", inputs: ["depth"], activation: "relu" },
  {
    ...{ op: "max_pool2d", name: "max", inputs: ["relu"] },
    ...{ poolSize: [3, 3], strides: [2, 2], padding: "same" },
  },
  {
    ...{ op: "average_pool2d", name: "average", inputs: ["relu"] },
    ...{ poolSize: [3, 3], strides: [2, 2], padding: "same" },
  },
  { op: "add", name: "sum", inputs: ["max", "average", "max"] },
  { op: "concat", name: "both", inputs: ["sum", "average"] },
  {
    ...{ op: "conv2d", name: "narrow", inputs: ["both"], filters: 4, kernelSize: [2, 2] },
    ...{ strides: [1, 1], padding: "valid", activation: "linear" },
  },
  { op: "global_average_pool2d", name: "pool", inputs: ["both"] },
  { op: "flatten", name: "flat", inputs: ["narrow"] },
  { op: "concat", name: "all", inputs: ["flat", "pool"] },
  { op: "dense", name: "features", inputs: ["all"], units: 64, activation: "linear" },
];

const ort = await importOrt();

describe.skipIf(!ort)("a network in ONNX", () => {
  it("computes what the network computes", async () => {
    const { content, tensors: own } = await drawNetwork(QUICK);
    const input = { ...content.input, width: 21, height: 18 };
    const random = seededRandom(1);
    const tensors: Package["tensors"] = new Map(
      [...own].filter(([name]) => name.startsWith("pddm/")),
    );
    for (const { name, shape } of inferShapes(network, input).weights) {
      const length = shape.reduce((product, size) => product * size, 1);
      tensors.set(name, { shape, values: Float32Array.from({ length }, () => random() - 0.5) });
    }
    const drawn = { content: { ...content, input, network }, tensors };
    const model = await Model.open(await decodePackage(await pack(drawn, "none")));
    const pixels = testPixels(input);
    const expected = Array.from(model.embed(pixels));
    model.dispose();
    if (!ort) throw new Error("skipped");
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(writeOnnx(drawn.content, tensors));
    const shape = [1, input.height, input.width, 3];
    const feeds = { [ONNX_INPUT]: new ort.Tensor("float32", Float32Array.from(pixels), shape) };
    const actual = Array.from((await session.run(feeds))[ONNX_OUTPUT].data);
    expect(actual).toHaveLength(64);
    expect(cosine(actual, expected)).toBeGreaterThan(0.999999);
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
  });
});
