import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import type { Manifest } from "../../shared/package/manifest.ts";
import type { PackageFiles } from "../../shared/package/codec.ts";
import { UserError } from "../../trainer/error.ts";
import { unreachable } from "./unreachable.ts";

/** Where `npm start` leaves the token of the registry that it starts on this machine. */
export const LOCAL_TOKEN_FILE = join(".cache", "registry-token");

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The registry's HTTP API. @throws UserError with the registry's own words if it refuses */
export class RegistryClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @returns whether the version is new to the registry */
  async publish({ name }: Manifest, files: PackageFiles): Promise<boolean> {
    const form = new FormData();
    form.set("manifest", new Blob([files.manifest], { type: "application/json" }), "manifest.json");
    form.set("weights", new Blob([files.weights]), "weights.safetensors");
    if (files.signature !== undefined) form.set("signature", files.signature);
    const response = await this.post(`/models/${name}`, { body: form });
    return response.status === 201;
  }

  async promote(name: string, version: string, channel: string): Promise<void> {
    await this.post(`/models/${name}/promote`, {
      body: JSON.stringify({ version, channel }),
      headers: { "content-type": "application/json" },
    });
  }

  private async post(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.token}`);
    const response = await fetch(new URL(path, this.url), {
      ...init,
      method: "POST",
      headers,
    }).catch((error: unknown) => {
      throw unreachable(`the registry at ${this.url}`, error);
    });
    if (response.ok) return response;
    const text = await response.text();
    const body = errorSchema.safeParse(parseJson(text));
    const reason = body.success ? body.data.error.message : text.slice(0, 200);
    throw new UserError(`the registry answered ${response.status} to ${path}: ${reason}`);
  }
}

/**
 * The key for a registry: the variable REGISTRY_TOKEN, or for a registry on this machine the token that
 * `npm start` left in .cache.
 *
 * @throws UserError if there is none
 */
export async function findToken(registry: URL): Promise<string> {
  const { REGISTRY_TOKEN } = process.env;
  if (REGISTRY_TOKEN) return REGISTRY_TOKEN;
  if (["localhost", "127.0.0.1"].includes(registry.hostname)) {
    const local = await readFile(LOCAL_TOKEN_FILE, "utf8").catch(() => "");
    if (local) return local.trim();
  }
  throw new UserError(
    "no token: set the variable REGISTRY_TOKEN to a key of the scope publish, or run `npm start`, which makes a token for the local registry",
  );
}
