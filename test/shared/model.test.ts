import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Model } from "../../shared/model.ts";
import { l2Normalize, normalizePixels } from "../../shared/normalize.ts";
import { decodePackage, encodePackage, type Package } from "../../shared/package/codec.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { locate } from "../oracles/local.ts";
import { naiveNetwork } from "../oracles/network.ts";
import { each, expectClose, normalizeRows, numbers, toRows } from "../oracles/numbers.ts";
import { content, packageTensors } from "../oracles/package.ts";
import { naiveSimilarity, SHAPES } from "../oracles/similarity.ts";

const SIZE = 8;
const D = 4;

let decoded: Package;

beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  decoded = await decodePackage(await encodePackage(content, packageTensors()));
});

const values = () =>
  Object.fromEntries(Array.from(decoded.tensors, ([name, tensor]) => [name, tensor.values]));

const bytes = (count: number) =>
  Uint8Array.from(numbers(count, 3), (value) => Math.floor((value + 1) * 128));

describe("the input", () => {
  it("is normalised channel by channel", () => {
    const pixels = tf.tensor4d([0, 128, 255], [1, 1, 1, 3]);
    const normalized = normalizePixels(pixels, { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] });
    expectClose(normalized.dataSync(), [-0.5 / 0.2, (128 / 255 - 0.4) / 0.3, (1 - 0.3) / 0.4]);
  });

  it("is scaled to length 1, zero staying zero", () => {
    expectClose(
      l2Normalize(
        tf.tensor2d([
          [3, -4],
          [0, 0],
        ]),
      ).dataSync(),
      [0.6, -0.8, 0, 0],
    );
  });
});

describe("a model", () => {
  let model: Model;

  beforeEach(async () => {
    model = await Model.open(decoded);
    return () => model.dispose();
  });

  const rows = toRows(Float32Array.from(normalizeRows(toRows(numbers(5 * D, 8), D)).flat()), D);

  it("embeds images as scalar loops do", () => {
    const stride = SIZE * SIZE * 3;
    const pixels = bytes(3 * stride);
    const { mean, std } = content.input;
    const expected = each(3).flatMap((i) => {
      const image = Array.from(pixels.subarray(i * stride, (i + 1) * stride), (value, at) => {
        return (value / 255 - mean[at % 3]) / std[at % 3];
      });
      const features = naiveNetwork(content.network, values(), image, [SIZE, SIZE, 3]);
      return normalizeRows([features]).flat();
    });
    expectClose(model.embed(pixels), expected);
  });

  it("embeds more images than go through the network at once, each as if alone", () => {
    const stride = SIZE * SIZE * 3;
    const count = 100_000 / (SIZE * SIZE) + 5;
    const pixels = bytes(Math.floor(count) * stride);
    const all = model.embed(pixels);
    expect(all).toHaveLength(Math.floor(count) * D);
    for (const i of [0, 1561, 1562, 1563, Math.floor(count) - 1]) {
      const alone = model.embed(pixels.subarray(i * stride, (i + 1) * stride));
      expectClose(all.subarray(i * D, (i + 1) * D), alone, 1e-6);
    }
  });

  it("turns a score into the calibrated probability", () => {
    expect(model.probability(0.5)).toBeCloseTo(0.5, 12);
    expect(model.probability(2)).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
    expect(model.probability(1e9)).toBe(1);
    expect(model.probability(-1e9)).toBe(0);
  });

  it("leaks nothing, and frees its weights when disposed", async () => {
    const flat = Float32Array.from(rows.flat());
    const use = (used: Model) => {
      used.embed(bytes(2 * SIZE * SIZE * 3));
      used.scorePairs(flat, Int32Array.of(0, 1), Int32Array.of(2, 1));
      used.scoreRows(flat, 2, () => undefined);
    };
    // S is made when it is first asked for.
    use(model);
    const { numTensors } = tf.memory();
    use(model);
    expect(tf.memory().numTensors).toBe(numTensors);
    for (const asks of [use, () => undefined]) {
      const other = await Model.open(decoded);
      asks(other);
      other.dispose();
      expect(tf.memory().numTensors).toBe(numTensors);
    }
  });
});

describe.each(SHAPES)("a model with S of the $form form", (pddm) => {
  const rows = normalizeRows(toRows(numbers(6 * D, 8), D));
  const flat = Float32Array.from(rows.flat());

  describe.each(["none", "int8-per-output-channel"] as const)("and weights %s", (scheme) => {
    const statements = { ...content, pddm, quantization: { scheme } };

    async function open() {
      const own = await decodePackage(await encodePackage(statements, packageTensors(statements)));
      const weights = Object.fromEntries(
        Array.from(own.tensors, ([name, tensor]) => [name, tensor.values]),
      );
      const expected = naiveSimilarity(pddm, weights, rows);
      return { model: await Model.open(own), weights, expected };
    }

    it("scores pairs as the equations do, any number of them", async () => {
      const { model, expected } = await open();
      const a = Int32Array.from({ length: 20_000 }, (_, pair) => pair % 6);
      const b = Int32Array.from({ length: 20_000 }, (_, pair) => ((5 * pair + 2) % 7) % 6);
      expectClose(
        model.scorePairs(flat, a, b),
        Array.from(a, (i, pair) => expected[i][b[pair]]),
      );
      expect(model.scorePairs(flat, new Int32Array(), new Int32Array())).toHaveLength(0);
      model.dispose();
    });

    it("scores places by the densities that it is given", async () => {
      const { model, expected } = await open();
      expect(model.isLocal).toBe(pddm.form === "local");
      const located = model.places(flat);
      if (located) {
        const shifts = numbers(6, 4);
        const densities = located.densities.map((density, i) => density + shifts[i]);
        expectClose(
          model.scorePlaces(located.z, densities),
          each(5).map((i) => expected[0][i + 1] - shifts[0] - shifts[i + 1]),
        );
        const opened = tf.memory().numTensors;
        model.scorePlaces(located.z, densities);
        expect(tf.memory().numTensors).toBe(opened);
      } else {
        expect(() => model.scorePlaces(flat, flat)).toThrow("S of this form has no places");
      }
      model.dispose();
    });

    it.each([0, 1, 4, 6])("scores the first %d rows against all", async (count) => {
      const { model, expected } = await open();
      const scores: number[] = [];
      model.scoreRows(flat, count, (start, part) => {
        expect(scores).toHaveLength(6 * start);
        scores.push(...part);
      });
      expectClose(scores, expected.slice(0, count).flat());
      model.dispose();
    });

    it("tells places, if the form has them", async () => {
      const { model, weights } = await open();
      const places = model.places(flat);
      if (pddm.form === "local") {
        const expected = rows.map((row) => locate(pddm, weights, row));
        expectClose(
          places?.z ?? [],
          expected.flatMap(({ z }) => z),
        );
        expectClose(
          places?.densities ?? [],
          expected.map(({ r }) => r),
        );
        expect(model.places(new Float32Array())?.densities).toHaveLength(0);
      } else expect(places).toBeNull();
      model.dispose();
    });

    it("scores rows in parts, where they are many", async () => {
      const { model, expected } = await open();
      const times = 50;
      const many = Float32Array.from(each(times).flatMap(() => rows.flat()));
      const starts: number[] = [];
      model.scoreRows(many, 6 * times, (start, part) => {
        starts.push(start);
        expectClose(
          part,
          each(part.length).map((i) => {
            const [item, other] = [start + Math.floor(i / (6 * times)), i % (6 * times)];
            return expected[item % 6][other % 6];
          }),
        );
      });
      expect(starts).toEqual([0, 256]);
      model.dispose();
    });
  });
});
