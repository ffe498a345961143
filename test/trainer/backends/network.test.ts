import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { openBackend } from "../../../trainer/backends/open.ts";
import { agree } from "./agree.ts";

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
  it("has the gradients of the cpu backend", async () => agree(["network", network, shapes]));

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

describe("what is not supported", () => {
  it("is refused", () => {
    const kernel = (attributes: tf.NamedAttrMap): (() => unknown) => {
      const [x, dy] = [tf.ones([1, 8, 8, 2]), tf.ones([1, 8, 8, 2])];
      return () => tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, attributes);
    };
    const attributes = { strides: 1, pad: "same", filterShape: [3, 3, 2, 2] };
    expect(kernel({ ...attributes, dataFormat: "NCHW" })).toThrow("NCHW");
    expect(kernel({ ...attributes, dilations: 2 })).toThrow("dilation 2");
  });
});
