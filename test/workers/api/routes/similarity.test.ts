import { beforeAll, describe, expect, it } from "vitest";
import { decodePackage } from "../../../../shared/package/codec.ts";
import { normalizeRows, numbers, toRows } from "../../../oracles/numbers.ts";
import { naiveSimilarity } from "../../../oracles/similarity.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, json, publish, similarityOf } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const images = [fixtures.jpeg, fixtures.pngTransparent, fixtures.webp, fixtures.jpegGrey];

function expectClose(actual: number[], expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
}

const forms = ["residual", "published", "local"] as const;

describe.each(forms)("POST /similarity, S of the %s form", (form) => {
  const overrides = { DEFAULT_MODEL: form };
  let version: string;

  beforeAll(async () => {
    version = await publish(await tinyPackage({ name: form, form }));
  });

  const compare = async (body: unknown) =>
    similarityOf(await ask("/similarity", json(body), overrides));

  const embeddings = async () => {
    const response = await ask("/embed", json({ inputs: images }), overrides);
    return (await embeddingsOf(response)).embeddings;
  };

  it("compares a source with candidates", async () => {
    const [source, ...candidates] = images;
    const response = await ask("/similarity", json({ source, candidates }), overrides);
    expect(response.headers.get("server-timing")).toMatch(/^decode;dur=.+, embed;dur=/);
    const body = await similarityOf(response);
    expect(body).toMatchObject({ model: form, version, ranking: "d" });
    expect(body.scores).toHaveLength(3);
    // The package's calibration: slope 2, intercept 1.
    expectClose(
      body.probabilities,
      body.scores.map((score) => 1 / (1 + Math.exp(-(2 * score + 1)))),
    );
    const [a, ...others] = await embeddings();
    expectClose(
      body.distances,
      others.map((b) => Math.hypot(...a.map((value, i) => value - b[i]))),
    );
  });

  it("compares pairs, with the same outcome", async () => {
    const [source, ...candidates] = images;
    const pairs = candidates.map((candidate) => [source, candidate]);
    expect(await compare({ pairs })).toEqual(await compare({ source, candidates }));
  });

  it("is symmetric", async () => {
    const pairs = images.flatMap((a) => images.map((b) => [a, b]));
    const forth = await compare({ pairs });
    const back = await compare({ pairs: pairs.map(([a, b]) => [b, a]) });
    expectClose(back.scores, forth.scores);
    expectClose(back.distances, forth.distances);
  });

  it("takes embeddings for images, of any length, mixed with images", async () => {
    const [source, ...candidates] = images;
    const expected = await compare({ source, candidates });
    const [a, ...others] = (await embeddings()).map((embedding, i) => ({
      embedding: embedding.map((value) => value * 10 ** (2 * i - 3)),
    }));
    for (const body of [
      { source: a, candidates: others },
      { source, candidates: others },
      { source: a, candidates },
    ]) {
      const { scores, distances } = await compare(body);
      expectClose(scores, expected.scores);
      expectClose(distances, expected.distances);
    }
  });

  it("takes more embeddings than images are allowed", async () => {
    const candidates = Array.from({ length: 999 }, (_, i) => ({
      embedding: [1, i, 2, 0, 0, 1e200],
    }));
    const { scores } = await compare({ source: images[0], candidates });
    expect(scores).toHaveLength(999);
    expect(scores.every(Number.isFinite)).toBe(true);
  });

  it.each(["none", "int8-per-output-channel"] as const)(
    "gives S as the equations do, with weights %s",
    async (scheme) => {
      const name = `${form}-${scheme === "none" ? "float32" : "int8"}`;
      const files = await tinyPackage({ name, form, scheme, seed: 3 });
      await publish(files);
      const { manifest, tensors } = await decodePackage(files);
      const weights = Object.fromEntries(
        Array.from(tensors, ([weight, { values }]) => [weight, values]),
      );
      const rows = normalizeRows(toRows(numbers(20 * 6, 4), 6));
      const [source, ...candidates] = rows.map((embedding) => ({ embedding }));
      const response = await ask("/similarity", json({ source, candidates }), {
        DEFAULT_MODEL: name,
      });
      const [[, ...expected]] = naiveSimilarity(manifest.pddm, weights, rows);
      const { scores } = await similarityOf(response);
      expect(scores).toHaveLength(19);
      scores.forEach((score, i) => expect(Math.abs(score - expected[i])).toBeLessThan(1e-4));
    },
  );
});
