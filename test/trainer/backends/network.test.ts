import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const normalize = (x: tf.Tensor): tf.Tensor => {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const [offset, scale] = [tf.zeros(x.shape.slice(-1)), tf.ones(x.shape.slice(-1))];
  return tf.relu(
    tf.batchNorm(
      x,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
    ),
  );
};

/** One of each kind of layer. */
function network(...[image, stem, depthwise, pointwise, dense]: tf.Tensor[]): tf.Tensor {
  const wide = normalize(tf.conv2d(image as tf.Tensor4D, stem as tf.Tensor4D, 2, "same"));
  const pooled = tf.maxPool(wide as tf.Tensor4D, 2, 2, "same");
  const deep = normalize(tf.depthwiseConv2d(pooled, depthwise as tf.Tensor4D, 1, "same"));
  const mixed = normalize(tf.conv2d(deep as tf.Tensor4D, pointwise as tf.Tensor4D, 1, "same"));
  return tf.matMul(tf.mean(mixed, [1, 2]), dense);
}

const shapes = [
  [4, 16, 16, 3],
  [3, 3, 3, 8],
  [3, 3, 8, 1],
  [1, 1, 8, 12],
  [12, 6],
];

describe("a small network", () => {
  it("leaks nothing over steps", () => {
    const variables = shapes.slice(1).map((shape) => tf.variable(tf.randomNormal(shape)));
    const image = tf.randomNormal(shapes[0]);
    const optimizer = tf.train.sgd(1e-3);
    const step = (): void => {
      optimizer.minimize(() => tf.mean(tf.square(network(image, ...variables))));
    };
    step();
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    for (let i = 0; i < 3; i++) step();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    tf.dispose([image, ...variables]);
  });

  it("fits with tfjs-layers", async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, useBias: false }),
        tfl.layers.batchNormalization(),
        tfl.layers.reLU(),
        tfl.layers.globalAveragePooling2d({}),
        tfl.layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const [x, y] = [tf.randomNormal([6, 8, 8, 3], 0, 1, "float32", 1), tf.ones([6, 1])];
    const { history } = await model.fit(x, y, { epochs: 20, verbose: 0 });
    const losses = history.loss.map(Number);
    expect(losses[losses.length - 1]).toBeLessThan(losses[0]);
    tf.dispose([x, y]);
    model.dispose();
  });
});

/** Runs a kernel on inputs of the given shapes, outside of any tidy. */
function runKernel(
  name: string,
  inputShapes: Record<string, number[]>,
  attributes: tf.NamedAttrMap,
): () => tf.Tensor | tf.Tensor[] {
  const inputs: tf.NamedTensorMap = {};
  for (const [input, shape] of Object.entries(inputShapes)) inputs[input] = tf.ones(shape);
  return () => tf.engine().runKernel(name, inputs, attributes);
}

const image = [2, 8, 8, 4];
const half = [2, 4, 4, 4];
const strided = { strides: 2, pad: "same" };

describe("a kernel", () => {
  it.each<[string, Record<string, number[]>, tf.NamedAttrMap]>([
    ["BatchMatMul", { a: [3, 4, 5], b: [3, 4, 6] }, { transposeA: true, transposeB: false }],
    ["Conv2DBackpropFilter", { x: image, dy: half }, { ...strided, filterShape: [3, 3, 4, 4] }],
    ["Conv2DBackpropFilter", { x: image, dy: half }, { ...strided, filterShape: [1, 1, 4, 4] }],
    ["Conv2DBackpropInput", { dy: half, filter: [3, 3, 4, 4] }, { ...strided, inputShape: image }],
    [
      "DepthwiseConv2dNativeBackpropFilter",
      { x: image, dy: half },
      { ...strided, filterShape: [3, 3, 4, 1] },
    ],
    [
      "DepthwiseConv2dNativeBackpropInput",
      { dy: half, filter: [3, 3, 4, 1] },
      { ...strided, inputShape: image },
    ],
    ["AvgPoolGrad", { dy: half, input: image }, { ...strided, filterSize: 3 }],
    ["FusedBatchNorm", { x: image, mean: [4], variance: [4] }, { varianceEpsilon: 1e-3 }],
    ["Sum", { x: image }, { axis: [0, 1, 2], keepDims: false }],
  ])("%s frees what it made on the way", (name, inputShapes, attributes) => {
    const run = runKernel(name, inputShapes, attributes);
    const { numTensors } = tf.memory();
    const output = run();
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    tf.dispose(output);
  });

  it.each([
    ["NCHW", { dataFormat: "NCHW" }],
    ["dilation 2", { dilations: 2 }],
  ])("refuses %s", (name, attributes) => {
    const run = runKernel(
      "Conv2DBackpropFilter",
      { x: image, dy: image },
      { strides: 1, pad: "same", filterShape: [3, 3, 4, 4], ...attributes },
    );
    expect(run).toThrow(name);
  });
});
