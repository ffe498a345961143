import { hc } from "hono/client";
import type { Api } from "../api/contract/api.ts";
import { retrying } from "./retry.ts";

export { DetailedError, parseResponse } from "hono/client";

export interface ClientOptions {
  /** One of the Worker's API_KEYS, where it demands one. */
  key?: string;
  /** How often to ask where the Worker is busy (429 or 503), the first time included. */
  attempts?: number;
}

/** The API's routes, with the types of what they take and answer. */
export type Client = ReturnType<typeof hc<Api>>;

/**
 * A client of the API Worker, for Node, browsers and Workers. README.md beside this file shows its use.
 *
 * @param url where the Worker is
 */
export function createClient(url: string, { key, attempts = 4 }: ClientOptions = {}): Client {
  return hc<Api>(url, {
    fetch: retrying(attempts),
    ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
  });
}
