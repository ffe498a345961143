import { connect } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { usedHeap } from "../../scripts/harness/measure/inspector.ts";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { parseManifest } from "../../shared/package/manifest.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { TOKEN, useServers } from "./servers.ts";

/** `npm run rollout` asks 2,000 times, and breaks publications off at every byte. */
const { ROLLOUT_REQUESTS } = process.env;
const WHOLE = ROLLOUT_REQUESTS !== undefined;
const REQUESTS = Number(ROLLOUT_REQUESTS ?? 320);
const CONNECTIONS = 32;
const MOVES = 20;
const PATIENCE = WHOLE ? 300_000 : undefined;

const NAME = "rollout";

// Every request looks at the channel again.
const variables = { DEFAULT_MODEL: NAME, REFRESH_SECONDS: "0" };
const servers = useServers({ variables, inspect: true });

const authorization = `Bearer ${TOKEN}`;
const answerSchema = z.object({ version: z.string(), embeddings: z.array(z.array(z.number())) });
const pointerSchema = z.object({ version: z.string(), history: z.array(z.string()) });
const modelSchema = z.object({ channels: z.object({ stable: pointerSchema }) });

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAKklEQVQ4jWO4I6dBEMmdsCGIGEYNkhvJYaRhdIkgenbHiCAaNchoJIcRAKvnBZ96tO2XAAAAAElFTkSuQmCC",
  "base64",
);

const ask = (model = "") =>
  fetch(`${servers().apiUrl}/embed${model}`, {
    method: "POST",
    headers: { "content-type": "image/png" },
    body: PNG,
  });

const registry = (path: string, init: RequestInit = {}) =>
  fetch(`${servers().registryUrl}/models/${path}`, {
    ...init,
    headers: { authorization, "content-type": "application/json" },
  });

const promote = (version: string) =>
  registry(`${NAME}/promote`, { method: "POST", body: JSON.stringify({ version }) });
const rollback = () => registry(`${NAME}/rollback`, { method: "POST", body: "{}" });
const pointer = async () => modelSchema.parse(await (await registry(NAME)).json()).channels.stable;

/** What each version gives for the picture. */
const expected = new Map<string, number[][]>();
const versions: string[] = [];

beforeAll(async () => {
  const client = new RegistryClient(servers().registryUrl, TOKEN);
  for (const [seed, scheme] of (["int8", "none", "int8"] as const).entries()) {
    const files = await tinyPackage({ name: NAME, seed, scheme });
    const manifest = await parseManifest(files.manifest);
    const { version } = manifest;
    await client.publish(manifest, files);
    const answer = await ask(`?model=${NAME}@${version}`);
    expected.set(version, answerSchema.parse(await answer.json()).embeddings);
    versions.push(version);
  }
  await client.promote(NAME, versions[0], "stable");
});

/**
 * Asks over all connections, and moves the channel again and again meanwhile.
 *
 * @returns how many answers each version gave, and what was no answer
 */
async function load(requests: number, moves: number, move: () => Promise<void>) {
  const seen = new Map<string, number>();
  const failures: string[] = [];
  let asked = 0;
  let moving: Promise<void> = Promise.resolve();
  const connection = async () => {
    while (asked < requests) {
      if (asked++ % Math.ceil(requests / moves) === 0) moving = moving.then(move);
      const response = await ask();
      const text = await response.text();
      if (response.status !== 200) {
        failures.push(`${response.status}: ${text}`);
        continue;
      }
      const { version, embeddings } = answerSchema.parse(JSON.parse(text));
      expect(embeddings).toEqual(expected.get(version));
      seen.set(version, (seen.get(version) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  await moving;
  return { seen, failures };
}

/** Bytes of the JavaScript heap that are in use. */
const heap = async () => usedHeap(await servers().inspectorUrl(), ask);

describe("under load", () => {
  it(
    "promotions and rollbacks fail no request, mix no versions, and leave nothing behind",
    async () => {
      let [moves, promotions] = [0, 0];
      // Two versions forward, one back.
      const move = async () => {
        const back = ++moves % 3 === 0;
        if (!back) promotions += 1;
        const { status } = await (back
          ? rollback()
          : promote(versions[promotions % versions.length]));
        expect(status).toBe(200);
      };
      await load(REQUESTS / 4, MOVES / 4, move);
      const before = await heap();
      const { seen, failures } = await load(REQUESTS, MOVES, move);
      expect(failures).toEqual([]);
      expect(seen.size).toBe(versions.length);
      expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(REQUESTS);
      expect((await heap()) - before).toBeLessThan(2 ** 20);
    },
    PATIENCE,
  );
});

describe("promotions at the same time", () => {
  it("win or get 409, and none that won is lost", async () => {
    let refused = 0;
    for (let round = 0; round < 5; round++) {
      const before = await pointer();
      const others = versions.filter((version) => version !== before.version);
      const responses = await Promise.all(
        Array.from({ length: 8 }, (_, i) => promote(others[i % others.length])),
      );
      const statuses = new Set(responses.map(({ status }) => status));
      statuses.delete(409);
      expect([...statuses]).toEqual([200]);
      refused += responses.filter(({ status }) => status === 409).length;
      // Who won has put what was served before into the history: the chain has no gap.
      const { version, history } = await pointer();
      expect(others).toContain(version);
      const chain = [before.version, ...before.history];
      expect([version, ...history].slice(-chain.length)).toEqual(chain);
    }
    expect(refused).toBeGreaterThan(0);
  });
});

/** Sends so many bytes of a publication, hangs up, and waits until the registry does. */
async function publishPart(head: string, body: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(servers().registryUrl);
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  socket.write(head);
  socket.end(body);
  await closed;
}

describe("a publication that breaks off", () => {
  const chunked = (body: Buffer) =>
    Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from("\r\n0\r\n\r\n"),
    ]);

  it.each([
    { transfer: "of known length", encode: (body: Buffer) => body, end: 0 },
    // Without the empty line behind the last chunk it is whole.
    { transfer: "in chunks", encode: chunked, end: 2 },
  ])(
    "leaves nothing visible, whatever byte was the last: $transfer",
    async ({ encode, end }) => {
      const { manifest, weights } = await tinyPackage({ name: "cut", seed: 9 });
      const { version } = await parseManifest(manifest);
      const form = new FormData();
      form.set("manifest", new Blob([manifest]));
      form.set("weights", new Blob([weights]));
      const request = new Response(form);
      const body = encode(Buffer.from(await request.arrayBuffer()));
      const head = [
        "POST /models/cut HTTP/1.1",
        "host: registry",
        "connection: close",
        `authorization: ${authorization}`,
        `content-type: ${request.headers.get("content-type")}`,
        end === 0 ? `content-length: ${body.length}` : "transfer-encoding: chunked",
        "\r\n",
      ].join("\r\n");
      const statusOfModel = async () => (await registry("cut")).status;
      const last = body.length - end;
      const step = WHOLE ? 1 : Math.ceil(last / 24);
      for (
        let sent = 0;
        sent < last;
        sent += sent < last - 8 ? Math.min(step, last - 8 - sent) : 1
      ) {
        await publishPart(head, body.subarray(0, sent));
        expect(await statusOfModel(), `${sent} of ${body.length} bytes`).toBe(404);
      }
      await publishPart(head, body);
      expect(await statusOfModel()).toBe(200);
      expect((await registry(`cut/${version}`, { method: "DELETE" })).status).toBe(204);
    },
    PATIENCE,
  );
});
