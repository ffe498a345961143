import { beforeAll, describe, expect, it } from "vitest";
import { embed } from "../../../../workers/api/contract/embed.ts";
import { similarity } from "../../../../workers/api/contract/similarity.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, errorOf, json, publish } from "../ask.ts";
import { bytesOf } from "../decode/images.ts";
import { fixtures } from "../fixtures.ts";

const { jpeg, png } = fixtures;
const tiny = { DEFAULT_MODEL: "skips" };
const on_error = "skip";

beforeAll(async () => {
  await publish(await tinyPackage({ name: "skips" }));
});

async function embedAll(init: RequestInit) {
  return embed.answer.schema.parse(await (await ask("/embed", init, tiny)).json());
}

async function compare(body: object) {
  const response = await ask("/similarity", json(body), tiny);
  return similarity.answer.schema.parse(await response.json());
}

describe("one image of many that fails", () => {
  it("leaves the others their embeddings", async () => {
    const whole = await embedAll(json({ inputs: [png, jpeg] }));
    expect(whole).not.toHaveProperty("errors");
    const inputs = [
      png,
      btoa("no image"),
      "https://example.com/a.png",
      jpeg,
      png.slice(0, 80),
      { embedding: [1, 2] },
    ];
    const { embeddings, errors } = await embedAll(json({ inputs, on_error }));
    expect(embeddings).toEqual([whole.embeddings[0], null, null, whole.embeddings[1], null, null]);
    expect(errors?.map(({ index, code }) => [index, code])).toEqual(
      expect.arrayContaining([
        [1, "not_an_image"],
        [2, "url_not_allowed"],
        [4, "undecodable_image"],
        [5, "invalid_embedding"],
      ]),
    );
    expect(errors).toHaveLength(4);
  });

  it("is skipped in a form too", async () => {
    const form = new FormData();
    form.append("on_error", "skip");
    form.append("a", new File(["hello"], "a.png"));
    form.append("b", new File([bytesOf(png)], "b.png"));
    const { embeddings, errors } = await embedAll({ method: "POST", body: form });
    expect(embeddings).toEqual([null, expect.any(Array)]);
    expect(errors).toMatchObject([{ index: 0, code: "not_an_image" }]);
  });

  it("leaves the other candidates and pairs their scores", async () => {
    const { scores } = await compare({ source: png, candidates: [jpeg, png] });
    const one = await compare({ source: png, candidates: [jpeg, "", png], on_error });
    expect(one.scores).toEqual([scores[0], null, scores[1]]);
    expect(one.distances[1]).toBeNull();
    expect(one.probabilities[1]).toBeNull();
    expect(one.errors).toMatchObject([{ index: 1 }]);
    const pairs = [
      [png, ""],
      [png, jpeg],
    ];
    const two = await compare({ pairs, on_error });
    expect(two.scores).toEqual([null, scores[0]]);
    expect(two.errors).toMatchObject([{ index: 0 }]);
    const none = await compare({ source: png, candidates: ["", ""], on_error });
    expect(none.scores).toEqual([null, null]);
  });

  it("is refused where everything depends on it, or nothing else is asked for", async () => {
    const source = json({ source: "", candidates: [png], on_error });
    expect(await errorOf(await ask("/similarity", source, tiny))).toMatchObject({
      status: 422,
      param: "source",
    });
    const strict = json({ inputs: [png, ""] });
    expect(await errorOf(await ask("/embed", strict, tiny))).toMatchObject({ param: "inputs[1]" });
    const wrong = json({ inputs: [png], on_error: "ignore" });
    expect(await errorOf(await ask("/embed", wrong, tiny))).toMatchObject({ param: "on_error" });
  });
});

describe("what clients send images as", () => {
  const raw = (headers: Record<string, string>, body: BodyInit) => ({
    method: "POST",
    headers,
    body,
  });

  it.each([
    "image/jpg",
    "image/mpo",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "",
  ])("%j, as the bytes are an image", async (type) => {
    const expected = await embedAll(json({ inputs: png }));
    const headers = type ? { "content-type": type } : undefined;
    const answer = await embedAll({ method: "POST", headers, body: bytesOf(png) });
    expect(answer.embeddings).toEqual(expected.embeddings);
  });

  it("gzip", async () => {
    const expected = await embedAll(json({ inputs: png }));
    const text = JSON.stringify({ inputs: png });
    const gzip = await new Response(
      new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer();
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect(await embedAll(raw(headers, gzip))).toEqual(expected);
    const broken = await errorOf(await ask("/embed", raw(headers, text), tiny));
    expect(broken).toMatchObject({ status: 400, code: "incomplete_body" });
    const other = raw({ ...headers, "content-encoding": "br" }, gzip);
    expect(await errorOf(await ask("/embed", other, tiny))).toMatchObject({ status: 415 });
  });

  it("gzip that unpacks to more than the limit is refused", async () => {
    const zeros = new Blob([new Uint8Array(20_000_000)]).stream();
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
    expect(bomb.byteLength).toBeLessThan(100_000);
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const answer = await errorOf(await ask("/embed", raw(headers, bomb), tiny));
    expect(answer).toMatchObject({ status: 413, code: "body_too_large" });
  });

  it("base64url, with and without padding", async () => {
    const expected = await embedAll(json({ inputs: [png, jpeg] }));
    const url = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_");
    const bare = (text: string) => url(text).replace(/=+$/, "");
    expect(await embedAll(json({ inputs: [url(png), bare(jpeg)] }))).toEqual(expected);
  });
});
