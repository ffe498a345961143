import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeSafetensors } from "../../../../shared/package/safetensors.ts";
import { openBackend } from "../../../../trainer/backends/open.ts";
import type { Backbone } from "../../../../trainer/networks/backbones/backbone.ts";
import { BACKBONES } from "../../../../trainer/networks/backbones/registry.ts";
import { fill } from "../../../../trainer/networks/init/fill.ts";
import { readPretrained } from "../../../../trainer/networks/init/read.ts";
import { each, expectClose, size as count } from "../../../oracles/numbers.ts";
import type { Tensors } from "../files.ts";
import reference from "./reference.json" with { type: "json" };

/** Backbones against timm, with weights that reference.py makes too. It has written reference.json. */

const SIZE = 64;

let folder = "";
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  folder = await mkdtemp(join(tmpdir(), "timm-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** `offset` plus `scale` times numbers from -1 to 1, by a hash of the name (FNV-1a) and of the index. */
function noise(name: string, length: number, scale: number, offset = 0): Float32Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let x = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    values[i] = offset + scale * (((x ^ (x >>> 15)) >>> 0) / 2 ** 31 - 1);
  }
  return values;
}

function weight(name: string, shape: number[]): Float32Array {
  const length = count(shape);
  if (shape.length > 1) return noise(name, length, Math.sqrt(6 / count(shape.slice(1))));
  if (name.endsWith("running_var")) return noise(name, length, 0.4, 1);
  return name.endsWith("weight") ? noise(name, length, 0.3, 1) : noise(name, length, 0.2);
}

/** The shape that PyTorch gives to a weight. */
function shapeOf({ originalName, shape }: LayersModel["weights"][number]): number[] {
  const sizes = shape.map((length) => length ?? 0);
  if (sizes.length !== 4) return sizes;
  const [height, width, ins, outs] = sizes;
  const depthwise = originalName.endsWith("/depthwise_kernel");
  return depthwise ? [ins, outs, height, width] : [outs, ins, height, width];
}

type Named = [name: string, shape: number[]];

const NORM = ["weight", "bias", "running_mean", "running_var"];

/** The tensors that RepVGG has in training in place of the kernel of a block. */
function branches([name, [outs, ins, ...window]]: Named): Named[] {
  if (!name.endsWith(".weight")) return [];
  const block = name.replace(/reparam_conv.weight$/, "");
  const norms = ["conv_kxk.bn", "conv_1x1.bn"];
  if (outs === ins && !/\.0\.$/.test(block)) norms.push("identity");
  return [
    [`${block}conv_kxk.conv.weight`, [outs, ins, ...window]],
    [`${block}conv_1x1.conv.weight`, [outs, ins, 1, 1]],
    ...norms.flatMap((norm) => NORM.map((part): Named => [`${block}${norm}.${part}`, [outs]])),
  ];
}

const schemes = Object.entries<Backbone>(BACKBONES).flatMap(([network, { schemes = [] }]) =>
  schemes.map((scheme) => ({ network, ...scheme })),
);

/** The networks whose sign a file bears. */
const recognising = (file: Tensors) =>
  schemes.flatMap(({ network, sign }) => {
    const bears = Object.entries(sign).every(([name, shape]) => {
      const own = file.get(name)?.shape;
      return own && (!shape || shape.join() === own.join());
    });
    return bears ? [network] : [];
  });

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("a backbone", () => {
  it.each(reference)("computes what timm does: $timm in the names of $library", async (it) => {
    const { timm, network, library, tensors, digest, features } = it;
    const scheme = schemes.find((own) => own.network === network && own.library === library);
    const { nameOf, variant, prepare } = scheme ?? expect.fail();
    const { build } = variant({ architecture: timm });
    const model = build({ size: SIZE, width: 1, dimensions: 8 }, 1);
    const own = model.weights.map((it): Named => [nameOf(it.originalName), shapeOf(it)]);
    const file: Tensors = new Map(
      (prepare ? own.flatMap(branches) : own).map(([name, shape]) => [
        name,
        { shape, values: weight(name, shape) },
      ]),
    );
    const lines = Array.from(file, ([name, { shape }]) => `${name} ${shape.join()}`).sort();
    expect(lines).toHaveLength(tensors);
    expect(sha256(lines.join("\n"))).toBe(digest);
    expect(recognising(file)).toEqual([network]);

    const path = join(folder, `${timm}.safetensors`);
    await writeFile(path, encodeSafetensors(file));
    const pretrained = await readPretrained(path);
    expect(fill(model, pretrained)).toMatchObject({ matched: own.length, missing: [], unused: [] });
    expectClose(means(model, features.length), features, 1e-4);
    model.dispose();
  });
});

/** Some of the mean features of an image, one by one in equal steps. */
function means(model: LayersModel, some: number): number[] {
  return tf.tidy(() => {
    const pixels = noise("image", 3 * SIZE * SIZE, 2);
    const image = tf.transpose(tf.tensor(pixels, [1, 3, SIZE, SIZE]), [0, 2, 3, 1]);
    const outputs = model.getLayer("pool-average").output as SymbolicTensor;
    const all = modelOf({ inputs: model.inputs, outputs }).predict(image) as tf.Tensor;
    const values = all.dataSync();
    return each(some).map((i) => values[i * Math.floor(values.length / some)]);
  });
}
