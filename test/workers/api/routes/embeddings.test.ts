import { beforeAll, describe, expect, it } from "vitest";
import { embeddings as contract } from "../../../../workers/api/contract/embeddings.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, errorOf, json, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";

const { jpeg, png } = fixtures;
const path = "/v1/embeddings";
const tiny = { DEFAULT_MODEL: "openai-a" };
let versions: string[];

beforeAll(async () => {
  versions = [
    await publish(await tinyPackage({ name: "openai-a", seed: 1 })),
    await publish(await tinyPackage({ name: "openai-b", seed: 2 })),
  ];
});

const embed = async (body: object) =>
  contract.answer.schema.parse(await (await ask(path, json(body), tiny)).json());

describe("POST /v1/embeddings", () => {
  it("answers as /embed does, in OpenAI's shape", async () => {
    const expected = await embeddingsOf(await ask("/embed", json({ inputs: [png, jpeg] }), tiny));
    const data = (list: unknown[]) =>
      list.map((embedding, index) => ({ object: "embedding", index, embedding }));
    const input = [`data:image/png;base64,${png}`, { image: jpeg }];
    expect(await embed({ model: "default", input, dimensions: 6, user: "me" })).toEqual({
      object: "list",
      data: data(expected.embeddings),
      model: `openai-a@${versions[0]}`,
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
    const one = await embed({ model: "openai-a", input: png });
    expect(one.data).toEqual(data([expected.embeddings[0]]));
  });

  it("takes the model from the body", async () => {
    for (const model of ["openai-b", `openai-b@${versions[1]}`]) {
      expect((await embed({ model, input: png })).model).toBe(`openai-b@${versions[1]}`);
    }
  });

  it.each([
    [{ input: png }, 400, "model"],
    [{ model: "default" }, 400, "input"],
    [{ model: "default", input: [] }, 400, "input"],
    [{ model: "default", input: [1, 2] }, 400, "input[0]"],
    [{ model: "default", input: png, dimensions: 4 }, 400, "dimensions"],
    [{ model: "default", input: [png, "https://example.com/a.png"] }, 400, "input[1]"],
    [{ model: "text-embedding-3-small", input: png }, 404, "model"],
    [{ model: "../a", input: png }, 404, "model"],
  ])("refuses %j with %i at %s", async (body, status, param) => {
    expect(await errorOf(await ask(path, json(body), tiny))).toMatchObject({ status, param });
  });
});
