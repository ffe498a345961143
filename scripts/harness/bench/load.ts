import { Agent } from "node:http";
import { ask, type Post } from "../measure/ask.ts";
import { quantile } from "../measure/quantile.ts";
import type { HttpRow } from "./report.ts";

/** A request that is sent many times. */
export interface Question extends Post {
  route: string;
}

/** How many requests, and over how many connections. */
export interface Load {
  requests: number;
  connections: number;
  signal: AbortSignal;
}

/**
 * Asks over several connections, each of which waits for its answer before it asks again.
 *
 * @param question the same each time, or a function that gives the next one, always for the same route
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
    while (left-- > 0) {
      const { status, ms } = await ask(url, next(), agent, signal);
      if (status !== 200) throw new Error(`${url.pathname} answered ${status}`);
      times.push(ms);
    }
  };
  const started = performance.now();
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    route: url.pathname,
    connections,
    requests,
    requests_per_s: requests / seconds,
    p50_ms: quantile(times, 0.5),
    p99_ms: quantile(times, 0.99),
  };
}
