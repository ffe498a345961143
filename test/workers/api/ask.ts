import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as z from "zod";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import worker from "../../../workers/api/index.ts";
import {
  channelKey,
  manifestKey,
  signatureKey,
  weightsKey,
} from "../../../workers/storage/layout.ts";

/** Variables and bindings in place of wrangler.toml's. */
export type Overrides = Record<string, unknown>;

/** One request to the Worker; whatever it left to `waitUntil` is done when this resolves. */
export async function ask(
  path: string | URL,
  init: RequestInit = {},
  overrides: Overrides = {},
): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(new URL(path, "http://api.test"), init);
  const response = await worker.fetch(request, { ...env, ...overrides }, context);
  await waitOnExecutionContext(context);
  return response;
}

export const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), param: z.string().nullable() }),
});

/** The status and the fields of an error's body. */
export async function errorOf(response: Response): Promise<{
  status: number;
  code: string;
  message: string;
  param: string | null;
}> {
  return { status: response.status, ...errorSchema.parse(await response.json()).error };
}

const embeddingsSchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  dimensions: z.number(),
  embeddings: z.array(z.array(z.number())),
});

/** The body of a good answer of /embed. */
export async function embeddingsOf(response: Response): Promise<z.infer<typeof embeddingsSchema>> {
  return embeddingsSchema.parse(await response.json());
}

const similaritySchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  ranking: z.enum(["s", "d"]),
  scores: z.array(z.number()),
  probabilities: z.array(z.number()),
  distances: z.array(z.number()),
});

/** The body of a good answer of /similarity. */
export async function similarityOf(response: Response): Promise<z.infer<typeof similaritySchema>> {
  return similaritySchema.parse(await response.json());
}

const idSchema = z.object({ name: z.string(), version: z.string() });

/** Puts a package into the bucket as the registry does. */
export async function upload(files: PackageFiles): Promise<{ name: string; version: string }> {
  const { name, version } = idSchema.parse(JSON.parse(files.manifest));
  await env.MODELS.put(manifestKey(name, version), files.manifest);
  await env.MODELS.put(weightsKey(name, version), files.weights);
  if (files.signature !== undefined) {
    await env.MODELS.put(signatureKey(name, version), files.signature);
  }
  return { name, version };
}

/** Points the stable channel of a model to a version. */
export async function promote(
  { name, version }: { name: string; version: string },
  updated = "2026-01-02T03:04:05Z",
): Promise<void> {
  const pointer = { version, history: [], updated };
  await env.MODELS.put(channelKey(name, "stable"), JSON.stringify(pointer));
}

/** Uploads and promotes. @returns the version */
export async function publish(files: PackageFiles): Promise<string> {
  const id = await upload(files);
  await promote(id);
  return id.version;
}
