import { Agent, request } from "node:http";
import type { HttpRow } from "./report.ts";

/** What is asked again and again. */
export interface Question {
  route: string;
  type: string;
  body: Uint8Array;
}

/** How often, and how many at a time. */
export interface Load {
  requests: number;
  connections: number;
  signal: AbortSignal;
}

/** Asks once. @returns milliseconds until the answer was read */
function ask(
  url: URL,
  { type, body }: Question,
  agent: Agent,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const headers = { "content-type": type, "content-length": body.length };
    const asked = request(url, { method: "POST", headers, agent, signal }, (response) => {
      response.on("data", () => undefined);
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - started);
        else reject(new Error(`${url.pathname} answered ${response.statusCode}`));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/**
 * Asks over so many connections, each of which waits for its answer before it asks again.
 *
 * @param question the same each time, or what to ask next, of one route
 */
export async function applyLoad(
  base: string,
  question: Question | (() => Question),
  { requests, connections, signal }: Load,
): Promise<HttpRow> {
  const next = typeof question === "function" ? question : () => question;
  const { route } = next();
  const url = new URL(route, base);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let left = requests;
  const connection = async () => {
    while (left-- > 0) times.push(await ask(url, next(), agent, signal));
  };
  const started = performance.now();
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (share: number) => times[Math.ceil(share * times.length) - 1];
  return {
    route: url.pathname,
    connections,
    requests,
    requests_per_s: requests / seconds,
    p50_ms: quantile(0.5),
    p99_ms: quantile(0.99),
  };
}
