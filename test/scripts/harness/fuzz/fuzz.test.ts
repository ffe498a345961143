import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { apiTarget } from "../../../../scripts/harness/fuzz/apiTarget.ts";
import type { Kind } from "../../../../scripts/harness/fuzz/cases.ts";
import { readHeif, writeBoxes } from "../../../../scripts/harness/fuzz/formats/boxes.ts";
import { readGif, writeGif } from "../../../../scripts/harness/fuzz/formats/gif.ts";
import { fuzz, type Options } from "../../../../scripts/harness/fuzz/fuzz.ts";
import { drawSamples, type Sample } from "../../../../scripts/harness/fuzz/images.ts";
import { checkReply } from "../../../../scripts/harness/fuzz/properties.ts";
import { tell } from "../../../../scripts/harness/fuzz/tell.ts";
import type { Witness } from "../../../../scripts/harness/fuzz/witnesses.ts";

const GOOD = "good";
const REFUSAL = JSON.stringify({ error: { code: "invalid_json", message: "no", param: null } });

let samples: Map<string, Sample>;
beforeAll(async () => {
  samples = await drawSamples();
});

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that refuses everything, after a while, but for what `answer` says of a body. */
async function serve(
  answer: (body: string) => { status: number; text: string } | "hang up" | null,
  delayMs = 0,
) {
  server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      await setTimeout(delayMs);
      const text = body.toString();
      const wrong = text === GOOD ? { status: 200, text: GOOD } : answer(text);
      if (wrong === "hang up") {
        request.socket.destroy();
        return;
      }
      response.writeHead(wrong?.status ?? 400, { "content-type": "application/json" });
      response.end(wrong?.text ?? REFUSAL);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** @param text the right answer to a good request */
async function run(
  url: string,
  {
    kinds,
    text = GOOD,
    ...given
  }: Partial<Options> & { kinds?: readonly Kind[]; text?: string } = {},
) {
  const question = { method: "POST", path: "/", headers: {}, body: Buffer.from(GOOD) };
  const witnesses = new Map<string, Witness>([["good", { question, text }]]);
  const material = { samples, dimensions: 4, witnesses: ["good"] };
  const options = { ...{ seed: 1, cases: 400, connections: 3, limitMs: 2000 }, ...given };
  return fuzz(apiTarget({ url }, material, witnesses, options.limitMs, kinds), options);
}

describe("fuzz", () => {
  it("asks as many cases as it is told to", async () => {
    let seen = 0;
    const url = await serve(() => null);
    const { tally, failure } = await run(url, { cases: 100, onCase: () => (seen += 1) });
    expect(failure).toBeUndefined();
    expect([tally.cases, seen]).toEqual([100, 100]);
    expect(tally.lines().join("\n")).toMatch(/image files +400: \d+/);
  });

  it("finds a failure, makes it small, and repeats it", async () => {
    const url = await serve((body) => {
      return body.includes('"top_k"') ? { status: 500, text: REFUSAL } : null;
    });
    const kinds = ["body"] as const;
    const { failure } = await run(url, { kinds });
    expect(failure?.problem).toMatch(/^status 500/);
    expect(failure?.counterexample).toMatchObject({ body: { route: "/rerank", query: "" } });
    expect(JSON.stringify(failure?.counterexample).length).toBeLessThan(8000);
    const again = await run(url, { kinds, seed: failure?.seed, path: failure?.path });
    expect(again.failure).toEqual(failure);
    expect(again.tally.cases).toBeLessThan(5);
  });

  it("finds a crash, a late answer, and harm to the next request", async () => {
    const crash = await run(await serve((body) => (body.includes("RIFF") ? "hang up" : null)), {
      kinds: ["file"],
    });
    expect(crash.failure?.problem).toMatch(/^no answer: socket hang up/);
    expect(crash.failure?.counterexample).toMatchObject({ file: { lies: [], damages: [] } });
    server?.close();
    const late = await run(await serve(() => null, 50), { limitMs: 20 });
    expect(late.failure?.problem).toMatch(/^answered after \d+, \d+, \d+ ms; the limit is 20$/);
    server?.close();
    const options = { cases: 1, connections: 1, text: "another answer" };
    const harm = await run(await serve(() => null), options);
    expect(harm.failure?.problem).toBe("the next good request got 200: good");
  });
});

describe("lies", () => {
  const bytesOf = (name: string) => samples.get(name)?.bytes ?? Buffer.alloc(0);

  it("are told in files that are else as they were", () => {
    for (const name of ["AVIF", "AVIF transparent", "HEIC", "HEIC in parts"]) {
      expect(writeBoxes(readHeif(bytesOf(name))), name).toEqual(bytesOf(name));
    }
    for (const name of ["GIF", "GIF interlaced", "GIF animated", "GIF transparent"]) {
      const gif = readGif(bytesOf(name));
      expect(gif && writeGif(gif), name).toEqual(bytesOf(name));
    }
  });

  it("are told in files of each kind", () => {
    const size = { width: 7, height: 9 };
    for (const name of ["JPEG", "PNG", "WebP", "GIF", "AVIF", "HEIC"]) {
      for (const what of [size, { double: 0, times: 2 }, { headerByte: 3, to: 77 }]) {
        const file = tell(bytesOf(name), what);
        expect(file.equals(bytesOf(name)), `${name} ${JSON.stringify(what)}`).toBe(false);
      }
    }
  });
});

describe("what a reply must be", () => {
  const question = { method: "POST", path: "/embed?model=a", headers: {}, body: Buffer.alloc(0) };
  const reply = (status: number, body: unknown, type = "application/json") => ({
    ...{ status, type, ms: 1 },
    text: typeof body === "string" ? body : JSON.stringify(body),
  });
  const error = (message: string) => ({ error: { code: "invalid_json", message, param: null } });
  const answer = (embeddings: unknown) => ({
    ...{ model: "a", version: "b", dimensions: 2 },
    embeddings,
  });

  it("keeps the contract", () => {
    checkReply(question, reply(200, answer([[0.6, 0.8]])));
    checkReply(question, reply(200, answer(["AACAPwAAAAA="])));
    checkReply(question, reply(422, error("no")));
    checkReply({ ...question, method: "GET", path: "/docs" }, reply(200, "<html>", "text/html"));
  });

  it("is each route's own", () => {
    const models = { ...question, method: "GET", path: "/v1/models" };
    const model = { id: "a", object: "model", created: 1, owned_by: "pddm-edge" };
    checkReply(models, reply(200, { object: "list", data: [model] }));
    for (const data of [[{ ...model, object: "embedding" }], [{ object: "model" }], model]) {
      expect(() => checkReply(models, reply(200, { object: "list", data }))).toThrow(/shape/);
    }
    expect(() => checkReply(models, reply(200, { data: [model] }))).toThrow(/shape/);
    expect(() => checkReply(models, reply(200, "<html>", "text/html"))).toThrow(/text\/html/);
    const metrics = { ...question, method: "GET", path: "/metrics" };
    checkReply(metrics, reply(200, "pddm_model_loads_total 1", "text/plain; version=0.0.4"));
    expect(() => checkReply(metrics, reply(200, {}))).toThrow(/type "application\/json"/);
  });

  it.each([
    ["a failure", reply(500, error("no")), /status 500/],
    ["no model", reply(503, error("no")), /status 503/],
    ["a status of its own", reply(418, error("no")), /status 418/],
    ["a page for a refusal", reply(404, "<html>", "text/html"), /type "text\/html"/],
    ["text for JSON", reply(404, "no"), /contract.s shape/],
    ["another shape", reply(400, { message: "no" }), /refusal \(400\) does not have the contract/],
    ["no message", reply(400, error("")), /of 0 characters/],
    ["all that was sent", reply(400, error("k".repeat(501))), /of 501 characters/],
    [
      "another answer",
      reply(200, { ...answer([]), extra: 1 }),
      /answer does not have the contract/,
    ],
    ["a redirection", reply(307, ""), /status 307/],
    ["a vector too long", reply(200, answer([[0.6, 0.9]])), /of length 1.08/],
    ["no numbers", reply(200, answer(["AADAfwAAAAA="])), /of length NaN/],
  ])("or else is reported: %s", (_, wrong, problem) => {
    expect(() => checkReply(question, wrong)).toThrow(problem);
  });
});
