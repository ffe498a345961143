import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { ApiError, createClient, parseResponse } from "../../workers/client/index.ts";

/** A server that answers so, one after the other, and the last for ever. At "break" it closes the connection. */
type Answer = [status: number | "break", headers?: Record<string, string>];

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(...answers: Answer[]) {
  const requests: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const asked = createServer((request, response) => {
    void text(request).then((body) => {
      const at = Math.min(requests.length, answers.length - 1);
      requests.push({ headers: request.headers, body });
      const [status, headers] = answers[at];
      if (status === "break") {
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify({ status: "ready", model: "a", version: "b" }));
    });
  }).listen(0, "127.0.0.1");
  server = asked;
  await once(asked, "listening");
  const { port } = asked.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests };
}

const soon = { "retry-after": "0" };
const embed = { json: { inputs: "AAAA" } };

it("asks again where the answer is 429 or 503, with the same body and key", async () => {
  const { url, requests } = await serve([429, soon], [503, soon], [200]);
  const response = await createClient(url, { key: "a-key" }).embed.$post(embed);
  expect(response.status).toBe(200);
  expect(requests.map(({ body }) => body)).toEqual(Array(3).fill('{"inputs":"AAAA"}'));
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(
    Array(3).fill("Bearer a-key"),
  );
});

it("waits until a date, and without Retry-After a while", async () => {
  const { url, requests } = await serve(
    [503, { "retry-after": new Date(Date.now() - 1000).toUTCString() }],
    [503],
    [200],
  );
  expect((await createClient(url).readyz.$get({})).status).toBe(200);
  expect(requests).toHaveLength(3);
});

it("asks again where the connection breaks, some times", async () => {
  const { url, requests } = await serve(["break"], ["break"], [200]);
  expect((await createClient(url).embed.$post(embed)).status).toBe(200);
  expect(requests.map(({ body }) => body)).toEqual(Array(3).fill('{"inputs":"AAAA"}'));
  const broken = await serve(["break"]);
  await expect(createClient(broken.url, { attempts: 2 }).embed.$post(embed)).rejects.toThrow();
  expect(broken.requests).toHaveLength(2);
});

it("gives up after some attempts", async () => {
  const { url, requests } = await serve([503, soon]);
  const response = createClient(url, { attempts: 3 }).embed.$post(embed);
  await expect(parseResponse(response)).rejects.toBeInstanceOf(ApiError);
  expect(requests).toHaveLength(3);
});

it.each([
  [400, soon],
  [500, soon],
  // Longer than anybody waits. V8 takes 3600 for a year, and 31 for no date.
  [503, { "retry-after": "3600" }],
  [503, { "retry-after": "31" }],
] satisfies Answer[])("does not ask again after %i with %j", async (...answer) => {
  const { url, requests } = await serve(answer);
  expect((await createClient(url).embed.$post(embed)).status).toBe(answer[0]);
  expect(requests).toHaveLength(1);
});

it("stops waiting where it is aborted", async () => {
  const { url, requests } = await serve([503, { "retry-after": "20" }]);
  const controller = new AbortController();
  const options = { init: { signal: controller.signal } };
  const response = createClient(url).embed.$post(embed, options);
  await expect.poll(() => requests.length).toBe(1);
  controller.abort(new Error("enough"));
  await expect(response).rejects.toThrow("enough");
  expect(requests).toHaveLength(1);
});
