import { hc } from "hono/client";
import type { Api } from "../api/contract/api.ts";
import type { Client } from "./api.ts";
import { retrying } from "./retry.ts";

export { parseResponse } from "./answer.ts";
export { ApiError } from "./error.ts";
export type { Client };

export interface ClientOptions {
  /** An API key, if the API demands one. */
  key?: string;
  /** How often to ask while the API answers 429 or 503, the first time included. 4 if not given. */
  attempts?: number;
}

/**
 * A client of the API, for Node, browsers and Workers. The README of the package shows its use.
 *
 * @param url where the API is, such as `http://127.0.0.1:8787`
 */
export function createClient(url: string, { key, attempts = 4 }: ClientOptions = {}): Client {
  return hc<Api>(url, {
    fetch: retrying(attempts),
    ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
  });
}
