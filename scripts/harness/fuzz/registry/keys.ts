import { keyEntry, type Scope } from "../../../../workers/http/keys.ts";

/** A key for each scope, and one for a scope that the registry does not know. */
const SCOPES = ["publish", "train", "work", "search"] as const satisfies Scope[];

export type KeyScope = (typeof SCOPES)[number];

export const keyOf = (scope: KeyScope): string => `fuzz-${scope}`;

/** Seconds. Leases end soon, so that jobs are lost. */
export const LEASE_SECONDS = 3;

/** The variables of the registry that is fuzzed. @param token of one more key, to publish */
export async function registryVariables(token?: string): Promise<Record<string, string>> {
  const named: [KeyScope, string][] = SCOPES.map((scope) => [scope, keyOf(scope)]);
  if (token !== undefined) named.push(["publish", token]);
  const entries = await Promise.all(
    named.map(([scope, key]) => keyEntry(`fuzz-${scope}`, scope, key)),
  );
  return { API_KEYS: entries.join(","), LEASE_SECONDS: String(LEASE_SECONDS) };
}
