import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, embeddingsOf, json, publish } from "../ask.ts";
import { fixtures } from "../fixtures.ts";
import { bytesOf } from "../decode/images.ts";

const tiny = { DEFAULT_MODEL: "tiny" };
let version: string;

beforeAll(async () => {
  version = await publish(await tinyPackage());
});

const embed = (init: RequestInit) => ask("/embed", init, tiny);

async function embedInputs(inputs: unknown): Promise<number[][]> {
  return (await embeddingsOf(await embed(json({ inputs })))).embeddings;
}

const norm = (vector: number[]) => Math.hypot(...vector);

describe("POST /embed", () => {
  it("answers with the model, its version and unit vectors in input order", async () => {
    const inputs = [fixtures.jpeg, fixtures.png, fixtures.webpLossless, fixtures.jpeg];
    const response = await embed(json({ inputs }));
    expect(response.status).toBe(200);
    expect(response.headers.get("server-timing")).toMatch(
      /^decode;dur=[\d.]+, embed;dur=[\d.]+, cache;desc="\d of 4"$/,
    );
    const body = await embeddingsOf(response);
    expect(body).toMatchObject({ model: "tiny", version, dimensions: 6 });
    expect(body.embeddings.map(({ length }) => length)).toEqual([6, 6, 6, 6]);
    for (const vector of body.embeddings) expect(norm(vector)).toBeCloseTo(1, 5);
    expect(body.embeddings[3]).toEqual(body.embeddings[0]);
    expect(body.embeddings[2]).not.toEqual(body.embeddings[1]);
  });

  it("takes one item, data URIs, objects and given embeddings", async () => {
    const [plain] = await embedInputs(fixtures.png);
    expect(await embedInputs(`data:image/png;base64,${fixtures.png}`)).toEqual([plain]);
    expect(await embedInputs({ image: fixtures.png })).toEqual([plain]);
    expect(await embedInputs([{ image: `data:image/png;base64,${fixtures.png}` }])).toEqual([
      plain,
    ]);
    const [given, image] = await embedInputs([{ embedding: [3, 0, 0, 0, 0, -4] }, fixtures.png]);
    [0.6, 0, 0, 0, 0, -0.8].forEach((value, i) => expect(given[i]).toBeCloseTo(value, 6));
    expect(image).toEqual(plain);
  });

  it("recognizes the format from the bytes, not from the request", async () => {
    const [png] = await embedInputs(fixtures.png);
    expect(await embedInputs(`data:image/jpeg;base64,${fixtures.png}`)).toEqual([png]);
    const raw = { method: "POST", headers: { "content-type": "image/webp" } };
    const response = await embed({ ...raw, body: bytesOf(fixtures.png) });
    expect((await embeddingsOf(response)).embeddings).toEqual([png]);
  });

  it.each([
    ["image/jpeg", "jpeg"],
    ["image/png", "png"],
    ["IMAGE/WebP; q=1", "webp"],
  ] as const)("takes a raw %s body", async (type, name) => {
    const response = await embed({
      method: "POST",
      headers: { "content-type": type },
      body: bytesOf(fixtures[name]),
    });
    expect((await embeddingsOf(response)).embeddings).toEqual(await embedInputs(fixtures[name]));
  });

  it("takes an image as the body that is larger than other bodies may be", async () => {
    const body = new Uint8Array(10_000_001);
    body.set(bytesOf(fixtures.jpeg));
    const post = (type: string) =>
      embed({ method: "POST", headers: { "content-type": type }, body });
    expect((await embeddingsOf(await post("image/jpeg"))).embeddings).toEqual(
      await embedInputs(fixtures.jpeg),
    );
    expect((await post("multipart/form-data; boundary=a")).status).toBe(413);
  });

  it("accepts a form of files, in their order", async () => {
    const form = new FormData();
    form.append("one", new File([bytesOf(fixtures.png)], "a.png", { type: "image/png" }));
    form.append("two", new File([bytesOf(fixtures.jpeg)], "b.jpg"));
    const response = await embed({ method: "POST", body: form });
    const expected = await embedInputs([fixtures.png, fixtures.jpeg]);
    expect((await embeddingsOf(response)).embeddings).toEqual(expected);
  });

  it("gives the same numbers as base64, little-endian float32", async () => {
    const expected = await embedInputs([fixtures.png, fixtures.jpeg]);
    const form = new FormData();
    form.append("encoding_format", "base64");
    form.append("file", new File([bytesOf(fixtures.png)], "a.png"));
    form.append("file", new File([bytesOf(fixtures.jpeg)], "b.jpg"));
    const inputs = [fixtures.png, fixtures.jpeg];
    for (const init of [
      json({ inputs, encoding_format: "base64" }),
      { method: "POST", body: form },
    ]) {
      const response = await embed(init);
      const { embeddings } = z
        .object({ embeddings: z.array(z.string()) })
        .parse(await response.json());
      const values = embeddings.map((text) => {
        const view = new DataView(bytesOf(text).buffer);
        return Array.from({ length: 6 }, (_, i) => view.getFloat32(4 * i, true));
      });
      expect(values).toEqual(expected);
    }
  });

  it("gives the same for an image alone and in a batch", async () => {
    const inputs = Array.from({ length: 32 }, (_, i) => (i % 2 ? fixtures.png : fixtures.jpeg));
    const [alone] = await embedInputs(fixtures.png);
    const batch = await embedInputs(inputs);
    expect(batch).toHaveLength(32);
    batch[31].forEach((value, i) => expect(value).toBeCloseTo(alone[i], 6));
  });

  it("gives the same for an upright photo and its EXIF-rotated twin", async () => {
    const [upright, turned] = await embedInputs([fixtures.jpeg, fixtures.jpegOrientation6]);
    turned.forEach((value, i) => expect(value).toBeCloseTo(upright[i], 1));
  });
});
