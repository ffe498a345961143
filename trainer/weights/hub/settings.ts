import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../error.ts";

/** Where weights come from, and where they are kept: what the variables of Hugging Face's own tools say. */
export interface HubSettings {
  /** Without a slash at its end. */
  url: string;
  /** Null: none. */
  token: string | null;
  /** The folder of the cache that Hugging Face's tools share. */
  cache: string;
  /** Nothing is asked of the network. */
  offline: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

const TRUE = new Set(["1", "on", "yes", "true"]);

async function tokenOf(env: Env, home: string): Promise<string | null> {
  const path = env.HF_TOKEN_PATH || join(home, "token");
  const token = (env.HF_TOKEN || (await readFile(path, "utf8").catch(() => ""))).trim();
  if (token === "") return null;
  if (token.startsWith("hf_")) return token;
  throw new UserError(
    `${env.HF_TOKEN ? "HF_TOKEN" : path} holds no token of Hugging Face, which begins with hf_ (https://huggingface.co/settings/tokens)`,
  );
}

function urlOf(endpoint: string): string {
  if (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)) {
    return endpoint.replace(/\/+$/, "");
  }
  throw new UserError(
    `HF_ENDPOINT: "${endpoint}" is not an address such as https://huggingface.co`,
  );
}

/**
 * Reads HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE, as `huggingface_hub` does.
 *
 * @throws UserError that names the variable whose value does not fit
 */
export async function hubSettings(env: Env): Promise<HubSettings> {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface");
  return {
    url: urlOf(env.HF_ENDPOINT || "https://huggingface.co"),
    token: await tokenOf(env, home),
    cache: env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, "hub"),
    offline: TRUE.has((env.HF_HUB_OFFLINE ?? "").toLowerCase()),
  };
}
