import type * as z from "zod";
import type { AppContext } from "../app.ts";
import { mediaTypeOf, parseForm } from "../../http/content.ts";
import { readBytes, readImage, readJson } from "../request/body.ts";
import type { Answer } from "../contract/contract.ts";
import { embed as contract, encodingSchema } from "../contract/embed.ts";
import { onErrorSchema } from "../contract/onError.ts";
import { failureOf } from "../inference/skip.ts";
import { embedItems } from "../inference/embedItems.ts";
import { HttpError } from "../../http/errors.ts";
import { checkCounts, fileItem, type Item, parseItems } from "../request/items.ts";
import { parse } from "../../http/parse.ts";
import { withModel } from "../request/select.ts";
import { type Encoding, writeVector } from "../request/vector.ts";
import { report } from "../inference/report.ts";

type OnError = z.infer<typeof onErrorSchema>;

interface EmbedRequest {
  items: Item[];
  encoding: Encoding;
  onError: OnError;
}

async function fromJson(c: AppContext): Promise<EmbedRequest> {
  const { inputs, encoding_format, on_error } = parse(contract.body.schema, await readJson(c));
  return { items: parseItems(inputs, "inputs"), encoding: encoding_format, onError: on_error };
}

async function fromForm(c: AppContext): Promise<EmbedRequest> {
  const form = await parseForm(c.req.raw, await readBytes(c));
  const items: Item[] = [];
  let encoding: Encoding = "float";
  let onError: OnError = "fail";
  // The platform's types know no files in forms.
  const entries: Iterable<[string, unknown]> = form;
  for (const [name, value] of entries) {
    if (value instanceof Blob) {
      items.push(fileItem(new Uint8Array(await value.arrayBuffer()), `files[${items.length}]`));
    } else if (name === "encoding_format") {
      encoding = parse(encodingSchema, value, name);
    } else if (name === "on_error") {
      onError = parse(onErrorSchema, value, name);
    } else {
      throw new HttpError("invalid_request", `${name} is not a file`, name);
    }
  }
  return { items, encoding, onError };
}

async function fromFile(c: AppContext): Promise<EmbedRequest> {
  const item = await readImage(c, "application/json, multipart/form-data or that of an image");
  return { items: [item], encoding: "float", onError: "fail" };
}

async function readRequest(c: AppContext): Promise<EmbedRequest> {
  switch (mediaTypeOf(c.req.raw)) {
    case "application/json":
      return fromJson(c);
    case "multipart/form-data":
      return fromForm(c);
    default:
      return fromFile(c);
  }
}

/** POST /embed: unit vectors of images. */
export async function embed(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const { items, encoding, onError } = await readRequest(c);
  checkCounts(items, settings, "inputs");
  return withModel(c, async (model) => {
    const { onFailure, errors } = failureOf(onError);
    const embedded = await embedItems(items, model, settings, onFailure);
    report(c, model, embedded);
    const { name, version, embedding } = model.manifest;
    return c.json({
      model: name,
      version,
      dimensions: embedding.dimensions,
      embeddings: embedded.rows.map((row) => row && writeVector(row, encoding)),
      errors,
    } satisfies Answer<typeof contract>);
  });
}
