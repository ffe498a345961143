import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { applyLoad } from "../../../../scripts/harness/bench/load.ts";

let server: Server;
afterEach(() => server.close());

/** A server that keeps its callers waiting. @returns its address */
async function serve(status: number, onRequest: (body: string) => void, onEnd = () => undefined) {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      onRequest(body);
      void setTimeout(20).then(() => {
        onEnd();
        response.writeHead(status).end("done");
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

const question = { route: "/embed?model=a", type: "text/plain", body: Buffer.from("hello") };
const { signal } = new AbortController();

describe("a load", () => {
  it("asks as often and as many at a time as it is told", async () => {
    let [now, most, all] = [0, 0, 0];
    const url = await serve(
      200,
      (body) => {
        expect(body).toBe("hello");
        all += 1;
        most = Math.max(most, ++now);
      },
      () => void now--,
    );
    const row = await applyLoad(url, question, { requests: 20, connections: 4, signal });
    expect({ all, most }).toEqual({ all: 20, most: 4 });
    expect(row).toMatchObject({ route: "/embed", connections: 4, requests: 20 });
    expect(row.p50_ms).toBeGreaterThanOrEqual(19);
    expect(row.p99_ms).toBeGreaterThanOrEqual(row.p50_ms);
    expect(row.requests_per_s).toBeLessThanOrEqual(4 / 0.019);
  });

  it("asks for something else each time, where it is told to", async () => {
    const bodies: string[] = [];
    const url = await serve(200, (body) => bodies.push(body));
    let count = 0;
    const next = () => ({ ...question, body: Buffer.from(`${count++}`) });
    await applyLoad(url, next, { requests: 4, connections: 2, signal });
    expect(new Set(bodies).size).toBe(4);
  });

  it("fails where an answer is an error", async () => {
    const url = await serve(503, () => undefined);
    const load = { requests: 2, connections: 1, signal };
    await expect(applyLoad(url, question, load)).rejects.toThrow("/embed answered 503");
  });
});
