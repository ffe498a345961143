import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { rerank as contract } from "../../../../workers/api/contract/rerank.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, errorOf, json, publish, similarityOf } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const { jpeg, png, webpLossless, pngTransparent } = fixtures;
/** The last is the first once more. */
const candidates = [jpeg, webpLossless, png, { image: pngTransparent }, jpeg];

beforeAll(async () => {
  await publish(await tinyPackage({ name: "by-d", ranking: "d" }));
  await publish(await tinyPackage({ name: "by-s", ranking: "s" }));
});

async function rerank(name: string, body: object) {
  const response = await ask("/rerank", json(body), { DEFAULT_MODEL: name });
  expect(response.headers.get("server-timing")).toMatch(
    /^decode;dur=[\d.]+, embed;dur=[\d.]+, score;dur=[\d.]+, cache;desc="\d of \d"$/,
  );
  return contract.answer.schema.parse(await response.json());
}

describe("POST /rerank", () => {
  it.each(["d", "s"] as const)("sorts by %s if the model ranks by it", async (by) => {
    const DEFAULT_MODEL = `by-${by}`;
    const { ranking, results } = await rerank(DEFAULT_MODEL, { query: png, candidates });
    expect(ranking).toBe(by);
    const compared = await ask("/similarity", json({ source: png, candidates }), { DEFAULT_MODEL });
    const { scores, probabilities, distances } = await similarityOf(compared);
    const key = (i: number) => (by === "s" ? -scores[i] : distances[i]);
    // By hand: of equal ones the first comes first.
    const order: number[] = [];
    while (order.length < candidates.length) {
      let best = -1;
      candidates.forEach((_, i) => {
        if (!order.includes(i) && (best < 0 || key(i) < key(best))) best = i;
      });
      order.push(best);
    }
    expect(results).toEqual(
      order.map((index) => ({
        index,
        score: scores[index],
        probability: probabilities[index],
        distance: distances[index],
      })),
    );
    // The same image twice: a tie.
    expect(order.indexOf(4)).toBe(order.indexOf(0) + 1);
  });

  it("answers with the best top_k, and with embeddings on request", async () => {
    const all = await rerank("by-d", { query: png, candidates });
    const body = { query: png, candidates, top_k: 2, return_embeddings: true };
    const { results } = await rerank("by-d", body);
    expect(results).toMatchObject(all.results.slice(0, 2));
    const embedded = await ask("/embed", json({ inputs: candidates }), { DEFAULT_MODEL: "by-d" });
    const { embeddings } = z
      .object({ embeddings: z.array(z.array(z.number())) })
      .parse(await embedded.json());
    for (const { index, embedding } of results) expect(embedding).toEqual(embeddings[index]);
    expect((await rerank("by-d", { query: png, candidates, top_k: 9 })).results).toHaveLength(5);
  });

  it.each([
    [{ query: png }, 400, "candidates"],
    [{ query: png, candidates: [] }, 400, "candidates"],
    [{ query: 5, candidates: [png] }, 400, "query"],
    [{ query: png, candidates: [png, { image: 5 }] }, 400, "candidates[1].image"],
    [{ query: png, candidates: [png], top_k: 0 }, 400, "top_k"],
    [{ query: png, candidates: [png], topK: 1 }, 400, "topK"],
    [{ query: png, candidates: [btoa("hello")] }, 422, "candidates[0]"],
    [{ query: png, candidates: Array(32).fill(png) }, 413, "candidates[31]"],
  ])("refuses %j with %i at %s", async (body, status, param) => {
    const error = await errorOf(await ask("/rerank", json(body), { DEFAULT_MODEL: "by-d" }));
    expect(error).toMatchObject({ status, param });
  });
});
