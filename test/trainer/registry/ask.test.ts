import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type Access, ask, Refused, Unanswered } from "../../../trainer/registry/ask.ts";
import { ModelsClient } from "../../../trainer/registry/models.ts";

/** Answers each request with the next of these; the last goes on for ever. */
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
let asked: number;
let server: Server;
let access: Access;

beforeEach(async () => {
  asked = 0;
  server = createServer((request, response) =>
    answers[Math.min(asked++, answers.length - 1)](request, response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${address.port}`;
  const patience = { attempts: 3, firstWaitMs: 1 };
  access = { url, token: "secret", signal: new AbortController().signal, patience };
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on("end", () => {
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
  };
};
const refusal = (code: string) => ({ error: { code, message: `it is ${code}` } });

/** An event for the other side to wait for. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const wordSchema = z.object({ word: z.string() });
const word = (question = {}) =>
  ask(access, "/word", question, async (it) => (await it.json(wordSchema)).word);

describe("a question", () => {
  it("is sent with the token, and its answer read", async () => {
    let seen: unknown;
    answers = [
      (request, response) => {
        void buffer(request).then((bytes) => {
          const { authorization, "content-type": type, "content-length": length } = request.headers;
          seen = { authorization, type, length, body: bytes.toString() };
          response.end(JSON.stringify({ word: "cow" }));
        });
      },
    ];
    expect(await word({ method: "POST", json: { ä: 1 } })).toBe("cow");
    expect(seen).toEqual({
      ...{ authorization: "Bearer secret", type: "application/json" },
      ...{ length: "8", body: '{"ä":1}' },
    });
  });

  it("that is refused is not asked again", async () => {
    answers = [answer(409, refusal("conflict"))];
    const error: unknown = await word().catch((it: unknown) => it);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({
      message: "the registry answered 409 to /word: it is conflict",
      ...{ status: 409, code: "conflict" },
    });
    expect(asked).toBe(1);
  });

  it("is given up after as many attempts as patience has", async () => {
    answers = [answer(503, refusal("busy"))];
    await expect(word()).rejects.toThrow(
      new Unanswered("the registry answered 503 to /word: it is busy (tried 3 times)"),
    );
    expect(asked).toBe(3);
    access.patience = { attempts: 1, firstWaitMs: 1 };
    await expect(word()).rejects.toThrow(
      new Unanswered("the registry answered 503 to /word: it is busy"),
    );
    expect(asked).toBe(4);
  });

  it("waits as long as the registry asks for", { timeout: 15_000 }, async () => {
    // By itself it would wait for half a minute.
    access.patience = { attempts: 2, firstWaitMs: 1e7 };
    answers = [answer(429, refusal("busy"), { "retry-after": "0" }), answer(200, { word: "ox" })];
    expect(await word()).toBe("ox");
  });

  it("whose answer is none of a registry says so", async () => {
    answers = [answer(200, { word: 7 })];
    await expect(word()).rejects.toThrow(
      /^the answer of http:\S+ to \/word is not understood: word: .*; is this a registry of the same version\?$/,
    );
    expect(asked).toBe(1);
  });
});

describe("a registry that is silent", () => {
  const SILENCE_MS = 120_000;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  it("is asked again where it does not answer, and where it stops amid its answer", async () => {
    const [first, second] = [gate(), gate()];
    answers = [
      (request) => request.resume().on("end", first.open),
      (_, response) => response.write('{"wo'),
      answer(200, { word: "cow" }),
    ];
    const found = ask(access, "/word", {}, async (it) => {
      let text = "";
      for await (const chunk of it.chunks()) {
        text += chunk.toString();
        if (asked === 2) second.open();
      }
      return text;
    });
    await first.opened;
    vi.advanceTimersByTime(SILENCE_MS);
    await second.opened;
    // Its reader is about to ask for more.
    await new Promise(setImmediate);
    vi.advanceTimersByTime(SILENCE_MS);
    expect(await found).toBe('{"word":"cow"}');
    expect(asked).toBe(3);
  });

  it("is named at last", async () => {
    const { opened, open } = gate();
    access.patience = { attempts: 1, firstWaitMs: 1 };
    answers = [(request) => request.resume().on("end", open)];
    const found = word();
    const refused = expect(found).rejects.toThrow(
      new Unanswered(
        `the registry at ${access.url} does not answer: nothing was heard for 120 seconds`,
      ),
    );
    await opened;
    vi.advanceTimersByTime(SILENCE_MS);
    await refused;
  });

  it("is not one whose answer takes long but goes on, nor one whose reader takes long", async () => {
    let next = () => {};
    answers = [
      (_, response) => {
        let sent = 0;
        next = () => (sent++ < 4 ? response.write("moo ") : response.end());
        next();
      },
    ];
    const text = await ask(access, "/long", {}, async (it) => {
      let heard = "";
      for await (const chunk of it.chunks()) {
        heard += chunk.toString();
        vi.advanceTimersByTime(2 * SILENCE_MS);
        setImmediate(() => {
          vi.advanceTimersByTime(SILENCE_MS - 1);
          next();
        });
      }
      return heard;
    });
    expect(text).toBe("moo moo moo moo ");
    expect(asked).toBe(1);
  });

  it("is not one that takes a long body slowly", async () => {
    const body = new Uint8Array(64_000_000).fill(7);
    let pauses = 0;
    answers = [
      async (request, response) => {
        let taken = 0;
        for await (const chunk of request as AsyncIterable<Buffer>) {
          taken += chunk.length;
          // Far more than lies between the two sides, so that the sender has gone on since the last pause.
          if (taken < 20_000_000 * (pauses + 1)) continue;
          pauses += 1;
          vi.advanceTimersByTime(SILENCE_MS - 1);
        }
        response.end(JSON.stringify({ word: String(taken) }));
      },
    ];
    expect(await word({ method: "PUT", body })).toBe("64000000");
    expect(pauses).toBe(3);
    expect(asked).toBe(1);
  });
});

describe("a publication", () => {
  const files = { manifest: "{}", weights: new Uint8Array([1, 2, 3]), signature: "mine" };

  it("is a form, sent again as it was after a failure", async () => {
    const forms: FormData[] = [];
    const take = (status: number) => (request: IncomingMessage, response: ServerResponse) => {
      void buffer(request).then(async (bytes) => {
        const type = request.headers["content-type"] ?? "";
        forms.push(await new Response(bytes, { headers: { "content-type": type } }).formData());
        response.writeHead(status).end();
      });
    };
    answers = [take(500), take(201), take(200)];
    const models = new ModelsClient(access);
    expect(await models.publish("cow", files)).toBe(true);
    expect(await models.publish("cow", files)).toBe(false);
    for (const form of forms) {
      const [manifest, weights] = [form.get("manifest"), form.get("weights")];
      if (!(manifest instanceof File && weights instanceof File)) throw new Error("no files");
      expect([manifest.name, manifest.type, await manifest.text()]).toEqual([
        ...["manifest.json", "application/json", "{}"],
      ]);
      expect(new Uint8Array(await weights.arrayBuffer())).toEqual(files.weights);
      expect(form.get("signature")).toBe("mine");
    }
    expect(forms).toHaveLength(3);
  });

  it("has lost to another only where it names what the channel serves", async () => {
    answers = [answer(409, refusal("conflict"))];
    const models = new ModelsClient(access);
    const [version, channel] = ["0123456789abcdef", "stable"];
    expect(await models.promote("cow", { version, channel, from: null })).toBe(false);
    await expect(models.serve("cow", version, channel)).rejects.toThrow(Refused);
  });
});
