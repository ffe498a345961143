import * as z from "zod";

const embedSchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  dimensions: z.number(),
  embeddings: z.array(z.array(z.number())),
});

/** What /similarity answers. */
export const similaritySchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  ranking: z.enum(["s", "d"]),
  scores: z.array(z.number()),
  probabilities: z.array(z.number()),
  distances: z.array(z.number()),
});

/** Media types by the end of a file's name. */
export const MEDIA_TYPES = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };

async function post<T>(
  url: URL,
  type: string,
  body: RequestInit["body"],
  schema: z.ZodType<T>,
  key?: string,
): Promise<T> {
  const headers = { "content-type": type, ...(key && { authorization: `Bearer ${key}` }) };
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

function address(api: string, path: string, model: string): URL {
  const url = new URL(path, api);
  url.searchParams.set("model", model);
  return url;
}

/** POST /embed with an image as the body. @param model a name or name@version */
export const embed = (
  api: string,
  model: string,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<z.infer<typeof embedSchema>> =>
  post(address(api, "/embed", model), type, bytes, embedSchema);

/** POST /similarity of one image with others. @param key where the API demands one */
export function compare(
  api: string,
  model: string,
  source: Uint8Array,
  candidates: Uint8Array[],
  key?: string,
): Promise<z.infer<typeof similaritySchema>> {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const body = JSON.stringify({ source: base64(source), candidates: candidates.map(base64) });
  return post(address(api, "/similarity", model), "application/json", body, similaritySchema, key);
}
