import type { Manifest } from "../../../../shared/package/manifest.ts";
import { contentVersion, manifestSchema } from "../../../../shared/package/manifest.ts";
import type { Question } from "../ask.ts";
import { harm } from "../damage.ts";
import { type Field, form } from "../form.ts";
import type { Body, RegistryCase } from "./case.ts";
import { applyEdits } from "./edit.ts";
import { keyOf } from "./keys.ts";
import { digestOf } from "./material.ts";
import { ROWS } from "./rows.ts";
import { send } from "./sent.ts";
import type { Things } from "./world.ts";

const noSample = () => Buffer.alloc(0);

/** Puts the names of things in the place of `$name` and so on. */
function fill(text: string, things: Things): string {
  const { dataset, datasetVersion, sha256, package: model, modelVersion, job } = things;
  return text
    .replaceAll('"$token"', String(job.token))
    .replaceAll("$token", String(job.token))
    .replaceAll("$id", job.id)
    .replaceAll("$name", dataset.index.name)
    .replaceAll("$version", datasetVersion)
    .replaceAll("$sha256", sha256)
    .replaceAll("$modelVersion", modelVersion)
    .replaceAll("$model", model.name);
}

const RIGHT: Record<string, string> = { file: "manifest.json" };

/**
 * The path of a route, about some things.
 *
 * @param wrong parameters in place of right ones
 * @param end behind the path
 */
export function pathOf(
  route: string,
  things: Things,
  wrong: Record<string, string> = {},
  end = "",
): string {
  const [, template = ""] = route.split(" ");
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    return wrong[name] ?? RIGHT[name] ?? `$${name}`;
  });
  return fill(path + end, things);
}

/** The index and the entries of a data set, changed. @param sealed whether the digest of the entries fits again */
function pushOf({ lines, index, sealed }: Extract<Body, { lines: unknown }>, { dataset }: Things) {
  const entries = applyEdits(dataset.entries, lines);
  const text = Array.isArray(entries)
    ? entries.map((entry: unknown) => `${JSON.stringify(entry)}\n`).join("")
    : (JSON.stringify(entries) ?? "");
  const changed = sealed ? { ...dataset.index, entries: digestOf(text) } : dataset.index;
  return Buffer.from(`${JSON.stringify(applyEdits(changed, index))}\n${text}`);
}

/** A manifest whose version fits its content, where it is a manifest at all. */
async function seal(value: unknown, weights: Buffer): Promise<unknown> {
  const { data } = manifestSchema.safeParse(value);
  if (!data) return value;
  const content: Manifest = {
    ...data,
    weights: { ...data.weights, bytes: weights.length, sha256: digestOf(weights) },
  };
  return { ...content, version: await contentVersion(content) };
}

async function packageOf(
  { manifest: edits, weights: damages, sealed, parts }: Extract<Body, { parts: unknown }>,
  { package: model }: Things,
): Promise<Buffer> {
  const weights = damages.reduce<Buffer>(
    (bytes, what) => harm(bytes, what, noSample),
    Buffer.from(model.weights),
  );
  const edited = applyEdits(JSON.parse(model.manifest), edits);
  const manifest = Buffer.from(JSON.stringify(sealed ? await seal(edited, weights) : edited) ?? "");
  const fields: Record<string, Field> = {
    manifest: { name: "manifest", file: "manifest.json", bytes: manifest },
    "manifest as text": { name: "manifest", bytes: manifest },
    weights: { name: "weights", file: "w", bytes: weights },
    signature: { name: "signature", bytes: Buffer.from("A".repeat(88)) },
    extra: { name: "__proto__", file: "../x", bytes: Buffer.from("x") },
    empty: { name: "weights", file: "w", bytes: Buffer.alloc(0) },
  };
  return Buffer.from(
    form(
      "",
      parts.flatMap((part) => fields[part] ?? []),
    ).body,
  );
}

async function contentOf(body: Body, things: Things): Promise<Buffer> {
  if ("breaks" in body && body.breaks !== undefined) return Buffer.from(fill(body.breaks, things));
  if ("json" in body) {
    const text = JSON.stringify(applyEdits(JSON.parse(body.json), body.edits)) ?? "";
    return Buffer.from(fill(text, things));
  }
  if ("lines" in body) return pushOf(body, things);
  if ("shard" in body) {
    const { dataset, sha256 } = things;
    const at = dataset.index.shards.findIndex((shard) => shard.sha256 === sha256);
    return body.shard.reduce<Buffer>(
      (bytes, what) => harm(bytes, what, noSample),
      dataset.shards[at] ?? Buffer.alloc(0),
    );
  }
  if ("parts" in body) return packageOf(body, things);
  return "bytes" in body ? Buffer.alloc(body.bytes, "x") : Buffer.alloc(0);
}

const pathIn = ({ route }: { route: string }) => route.split(" ")[1];

function authorization({ key, route }: RegistryCase): Record<string, string> {
  if (key === "none") return {};
  if (key === "unknown") return { authorization: "Bearer nobody" };
  const row =
    ROWS.find((it) => it.route === route) ?? ROWS.find((it) => pathIn(it) === pathIn({ route }));
  const scope = key === "right" ? (row?.scope ?? "publish") : key;
  return { authorization: `Bearer ${keyOf(scope)}` };
}

/** The request of a case, about some things. */
export async function registryQuestion(it: RegistryCase, things: Things): Promise<Question> {
  const { body, headers } = send(await contentOf(it.body, things), it.sent);
  const query = it.query.replace("$content", digestOf(body));
  const [method = ""] = it.route.split(" ");
  const named = Object.fromEntries(
    Object.entries(it.headers).map(([name, value]) => [name, fill(value, things)]),
  );
  return {
    method,
    path: pathOf(it.route, things, it.wrong, it.tail + query),
    headers: { ...headers, ...named, ...authorization(it) },
    body,
    hangsUp: it.sent.hangsUp && body.length > 1,
  };
}
