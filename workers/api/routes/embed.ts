import type { AppContext } from "../app.ts";
import * as z from "zod";
import { writeBase64 } from "../base64.ts";
import { embedItems, serverTiming } from "../embedItems.ts";
import { ApiError } from "../error.ts";
import { checkCounts, type Item, parseItem } from "../items.ts";
import { mediaType, readBytes, readJson } from "../body.ts";
import { parse } from "../parse.ts";
import { withModel } from "../select.ts";

const encodingSchema = z.enum(["float", "base64"]);
const jsonSchema = z.strictObject({
  inputs: z.unknown(),
  encoding_format: encodingSchema.default("float"),
});

interface EmbedRequest {
  items: Item[];
  encoding: z.infer<typeof encodingSchema>;
}

const fileItem = (bytes: Uint8Array, where: string): Item => ({
  kind: "image",
  where,
  bytes: () => bytes,
});

async function fromJson(c: AppContext): Promise<EmbedRequest> {
  const { inputs, encoding_format } = parse(jsonSchema, await readJson(c));
  const list: unknown[] = Array.isArray(inputs) ? inputs : [inputs];
  const where = (i: number) => (Array.isArray(inputs) ? `inputs[${i}]` : "inputs");
  return {
    items: list.map((value, i) => parseItem(value, where(i))),
    encoding: encoding_format,
  };
}

async function fromForm(c: AppContext): Promise<EmbedRequest> {
  const bytes = await readBytes(c);
  const headers = { "content-type": c.req.header("content-type") ?? "" };
  const form = await new Response(bytes, { headers }).formData().catch(() => {
    throw new ApiError(400, "invalid_form", "the body is not multipart/form-data as it claims");
  });
  const items: Item[] = [];
  let encoding: EmbedRequest["encoding"] = "float";
  // The platform's types know no files in forms.
  const entries: Iterable<[string, unknown]> = form;
  for (const [name, value] of entries) {
    if (value instanceof Blob) {
      items.push(fileItem(new Uint8Array(await value.arrayBuffer()), `files[${items.length}]`));
    } else if (name === "encoding_format") {
      encoding = parse(encodingSchema, value, name);
    } else {
      throw new ApiError(400, "invalid_request", `${name} is not a file`, name);
    }
  }
  return { items, encoding };
}

async function readRequest(c: AppContext): Promise<EmbedRequest> {
  const type = mediaType(c);
  switch (type) {
    case "application/json":
      return fromJson(c);
    case "multipart/form-data":
      return fromForm(c);
    case "image/jpeg":
    case "image/png":
    case "image/webp":
      return { items: [fileItem(await readBytes(c), "body")], encoding: "float" };
    default:
      throw new ApiError(
        415,
        "unsupported_media_type",
        `the content type "${type}" is not application/json, multipart/form-data, image/jpeg, image/png or image/webp`,
      );
  }
}

/** POST /embed: unit vectors of images. */
export async function embed(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const { items, encoding } = await readRequest(c);
  if (items.length === 0) {
    throw new ApiError(400, "invalid_request", "there is nothing to embed", "inputs");
  }
  checkCounts(items, settings);
  return withModel(c, async (model) => {
    const { rows, timing } = await embedItems(items, model, settings.MAX_PIXELS);
    c.header("Server-Timing", serverTiming(timing));
    const { name, version, embedding } = model.manifest;
    return c.json({
      model: name,
      version,
      dimensions: embedding.dimensions,
      embeddings: rows.map((row) => (encoding === "base64" ? writeBase64(row) : Array.from(row))),
    });
  });
}
