import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../shared/package/manifest.ts";
import type { PackageFiles } from "../../shared/package/codec.ts";
import { UserError } from "../../trainer/error.ts";
import { ModelsClient } from "../../trainer/registry/models.ts";
import { ONCE } from "../../trainer/registry/patience.ts";

/** Where `npm start` leaves the token of the registry that it starts on this machine. */
export const LOCAL_TOKEN_FILE = join(".cache", "registry-token");

/** Publishes for a person, who is told at once what goes wrong. @throws UserError */
export class RegistryClient {
  private readonly models: ModelsClient;

  constructor(url: string, token: string) {
    const { signal } = new AbortController();
    this.models = new ModelsClient({ url, token, signal, patience: ONCE });
  }

  /** @returns whether the version is new to the registry */
  publish({ name }: Manifest, files: PackageFiles): Promise<boolean> {
    return this.models.publish(name, files);
  }

  promote(name: string, version: string, channel: string): Promise<void> {
    return this.models.serve(name, version, channel);
  }
}

/**
 * The key for a registry: the variable REGISTRY_TOKEN, or for a registry on this machine the token that
 * `npm start` left in .cache.
 *
 * @param scope what the key must permit
 * @throws UserError if there is none
 */
export async function findToken(
  registry: URL,
  scope: "publish" | "train" | "work",
): Promise<string> {
  const { REGISTRY_TOKEN } = process.env;
  if (REGISTRY_TOKEN) return REGISTRY_TOKEN;
  if (["localhost", "127.0.0.1"].includes(registry.hostname)) {
    const local = await readFile(LOCAL_TOKEN_FILE, "utf8").catch(() => "");
    if (local) return local.trim();
  }
  throw new UserError(
    `no token: set the variable REGISTRY_TOKEN to a key of the scope ${scope}, or run \`npm start\`, which makes a token for the local registry`,
  );
}
