import { SELF } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import * as z from "zod";
import type { PackageFiles } from "../../../shared/package/codec.ts";
import { readEnv } from "../../../workers/registry/env.ts";
import worker from "../../../workers/registry/index.ts";
import { tinyPackage } from "../tinyPackage.ts";

/** The bindings as the Worker reads them. */
export const bindings = readEnv(env);

/** The key whose digest vitest.config.ts gives the Worker. */
export const KEY = "test-token";

export const bearer = { authorization: `Bearer ${KEY}` };

type Init = RequestInit & { headers?: Record<string, string> };

const requestTo = (path: string, init: Init) =>
  new Request(`http://registry.test${path}`, {
    ...init,
    headers: { ...bearer, ...init.headers },
  });

/** Sends a request over HTTP, with the key unless the headers say otherwise. */
export const call = (path: string, init: Init = {}) => SELF.fetch(requestTo(path, init));

/** Calls the handler directly, with some bindings changed. */
export const callWith = (changed: Record<string, unknown>, path: string, init: Init = {}) =>
  worker.fetch(requestTo(path, init), { ...env, ...changed });

/** A body of which some bytes arrive before the client disconnects. */
export function cut(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error("Network connection lost."));
      else controller.enqueue(bytes);
      sent = true;
    },
  });
}

export const form = (parts: Record<string, string | Blob>): FormData => {
  const data = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === "string") data.append(name, part);
    else data.append(name, part, name);
  }
  return data;
};

export const packageForm = ({ manifest, weights, signature }: PackageFiles) =>
  form({
    manifest: new Blob([manifest]),
    weights: new Blob([weights]),
    ...(signature !== undefined && { signature }),
  });

export const publish = (name: string, files: PackageFiles) =>
  call(`/models/${name}`, { method: "POST", body: packageForm(files) });

/** Publishes one tiny model per seed. @returns their versions, in the order of the seeds */
export async function publishTiny(name: string, seeds: number[]): Promise<string[]> {
  const versions: string[] = [];
  for (const seed of seeds) {
    const response = await publish(name, await tinyPackage({ name, seed }));
    const { version } = z.object({ version: z.string() }).parse(await response.json());
    versions.push(version);
  }
  return versions;
}

export const post = (path: string, body: unknown, changed: Record<string, unknown> = {}) =>
  callWith(changed, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export const promote = (
  name: string,
  body: { version: string; channel?: string; from?: string | null },
) => post(`/models/${name}/promote`, body);

/** Expects success. @returns the JSON of the answer */
export async function answerOf(response: Response, status = 200): Promise<unknown> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  return JSON.parse(text);
}

const refusalSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), param: z.string().nullable() }),
});

/** Expects an error answer. @returns its status, code, message and param */
export async function refusalOf(response: Response) {
  return { status: response.status, ...refusalSchema.parse(await response.json()).error };
}
