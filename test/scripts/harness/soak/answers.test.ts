import { describe, expect, it } from "vitest";
import { embedJson, embedOpenAi, embedRaw } from "../../../../scripts/harness/soak/embeds.ts";
import { FirstAnswers } from "../../../../scripts/harness/soak/answers.ts";
import { refusals } from "../../../../scripts/harness/soak/refusals.ts";

const ids = ["a@1", "a@2", "b@1"];
const fleet = {
  mayAnswer: (id: string, asked = "a") =>
    ids.includes(id) && (id === asked || id.startsWith(`${asked}@`)),
};
const picture = () => ({
  type: "image/png",
  bytes: new Uint8Array(100),
  answers: new FirstAnswers(),
});
const order = (model?: string) => ({
  fleet,
  pictures: [picture()],
  model,
  encoding: "float" as const,
});
const reply = (value: unknown, status = 200) => ({ status, text: JSON.stringify(value), ms: 1 });
const embedded = (embedding: number[] | string, version = "1", model = "a") =>
  reply({ model, version, dimensions: 2, embeddings: [embedding] });

describe("an embedding", () => {
  const values = [Math.fround(0.6), Math.fround(0.8)];
  const base64 = Buffer.from(new Float32Array(values).buffer).toString("base64");

  it("must be that of the first time to the bit, on every route and in both encodings", () => {
    const asked = order();
    expect(embedRaw(asked).check(embedded(values))).toBeUndefined();
    expect(embedJson(asked).check(embedded(base64))).toBeUndefined();
    const openAi = (embedding: number[]) =>
      reply({
        object: "list",
        data: [{ object: "embedding", index: 0, embedding }],
        model: "a@1",
        usage: { prompt_tokens: 0, total_tokens: 0 },
      });
    expect(embedOpenAi(asked).check(openAi(values))).toBeUndefined();
    const other = [values[0], values[1] + 2 ** -24];
    const problem = "a@1 gave an image (image/png) another embedding than the first time";
    expect(embedRaw(asked).check(embedded(other))).toBe(problem);
    expect(embedOpenAi(asked).check(openAi(other))).toBe(problem);
    // Another version may see it otherwise.
    expect(embedRaw(asked).check(embedded(other, "2"))).toBeUndefined();
  });

  it("must come from a model that was asked", () => {
    expect(embedRaw(order("a@2")).check(embedded(values, "2"))).toBeUndefined();
    expect(embedRaw(order("a@2")).check(embedded(values, "1"))).toBe(
      "a@1 answered a request for a@2",
    );
    expect(embedRaw(order("b")).check(embedded(values))).toBe("a@1 answered a request for b");
    expect(embedRaw(order()).check(embedded(values, "3"))).toContain("for the default model");
  });

  it("must be there, once for each image", () => {
    const none = reply({ model: "a", version: "1", dimensions: 2, embeddings: [] });
    expect(embedRaw(order()).check(none)).toBe("answered 0 embeddings of 1 images");
    expect(embedRaw(order()).check(reply("busy", 503))).toBe('answered 503, not 200: "busy"');
  });
});

describe("a refusal", () => {
  it("must be of its status and code", () => {
    const [shot] = refusals(new Uint8Array(100));
    const refused = (code: string, status: number) =>
      shot.check(reply({ error: { code, message: "no", param: null } }, status));
    expect(refused("not_an_image", 422)).toBeUndefined();
    expect(refused("undecodable_image", 422)).toContain("answered undecodable_image, not");
    expect(refused("not_an_image", 400)).toContain("answered 400, not 422");
  });
});
