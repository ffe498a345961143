import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { normalizePixels } from "../../../shared/normalize.ts";
import { openBackend } from "../../../trainer/backends/open.ts";
import { UserError } from "../../../trainer/error.ts";
import { chain } from "../../../trainer/networks/layers/chain.ts";
import { cut } from "../../../trainer/networks/cut.ts";
import { buildMobileNetV2 } from "../../../trainer/networks/backbones/mobilenetv2/build.ts";
import { Trunk } from "../../../trainer/networks/trunk.ts";
import { dataset } from "../../oracles/dataset.ts";
import { NORMALIZATION } from "../../oracles/normalization.ts";
import { expectClose, size } from "../../oracles/numbers.ts";
import { disturb } from "../export/same.ts";

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
});

const SIZE = 32;
const data = dataset([2, 1], SIZE, SIZE);

function model(): tfl.LayersModel {
  const whole = buildMobileNetV2({ size: SIZE, width: 0.35 }, 3);
  disturb(whole);
  return whole;
}

/** What the model makes of the images, with its batch norms as they are. */
function predict(it: tfl.LayersModel, pixels: Uint8Array): Float32Array {
  const images = tf.tensor4d(Float32Array.from(pixels), [3, SIZE, SIZE, 3]);
  const output = it.predict(normalizePixels(images, NORMALIZATION));
  if (!(output instanceof tf.Tensor)) throw new Error("not one output");
  return output.dataSync<"float32">();
}

describe("a frozen trunk", () => {
  it.each([
    ["a map", () => cut(model(), "block4").trunk, [4, 4, 16]],
    ["a map behind an activation", () => cut(model(), "block3-expand").trunk, [8, 8, 48]],
    ["features", model, [1280]],
  ])("gives what the model gives: %s", (_, build, shape) => {
    const it = build();
    const trunk = new Trunk(it, NORMALIZATION);
    expect(trunk.shape).toEqual(shape);
    const outputs = trunk.run(data.pixels);
    expect(outputs).toHaveLength(3 * size(shape));
    expectClose(outputs, predict(it, data.pixels), 1e-4);
  });

  it("gives for one image what it gives for it among others", () => {
    const trunk = new Trunk(cut(model(), "block2").trunk, NORMALIZATION);
    const outputs = trunk.run(data.pixels);
    const [image, length] = [SIZE * SIZE * 3, size(trunk.shape)];
    const alone = trunk.run(data.pixels.subarray(image, 2 * image));
    expectClose(alone, outputs.subarray(length, 2 * length), 1e-5);
  });

  it("stays as it is when the model that it was made of trains or goes", () => {
    const it = model();
    const trunk = new Trunk(it, NORMALIZATION);
    const outputs = trunk.run(data.pixels);
    disturb(it);
    it.dispose();
    expect(trunk.run(data.pixels)).toEqual(outputs);
  });

  it("leaves no tensor behind", () => {
    const it = model();
    const { numTensors } = tf.memory();
    const trunk = new Trunk(it, NORMALIZATION);
    trunk.run(data.pixels);
    trunk.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("names a layer that the edge cannot run", () => {
    const image = tfl.input({ shape: [SIZE, SIZE, 3], name: "image" });
    const odd = tfl.layers.upSampling2d({ name: "odd" });
    const wrong = tfl.model({ inputs: image, outputs: chain(image, odd) });
    expect(() => new Trunk(wrong, NORMALIZATION)).toThrow(UserError);
    expect(() => new Trunk(wrong, NORMALIZATION)).toThrow('"odd"');
  });
});
