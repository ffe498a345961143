import type { Access } from "../../../trainer/registry/ask.ts";
import { PATIENCE } from "../../../trainer/registry/patience.ts";
import { keyEntry } from "../../../workers/http/keys.ts";
import type { Variables } from "../../lib/workerd.ts";
import type { Stage } from "./stage.ts";

export const TOKEN = "bench";

/** Runs `action` with the registry, whose key submits and does jobs. */
export async function withAccess<T>(
  stage: Stage,
  variables: Variables,
  action: (access: Access) => Promise<T>,
): Promise<T> {
  const scopes = ["train", "work"] as const;
  const entries = await Promise.all(scopes.map((scope) => keyEntry("bench", scope, TOKEN)));
  return stage.withRegistry({ API_KEYS: entries.join(","), ...variables }, (url) =>
    action({ url, token: TOKEN, signal: stage.signal, patience: PATIENCE }),
  );
}
