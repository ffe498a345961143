import type { AppContext } from "../app.ts";
import { mediaTypeOf, parseForm, unsupported } from "../../http/content.ts";
import { readBytes, readJson } from "../request/body.ts";
import type { Answer } from "../contract/contract.ts";
import { embed as contract, encodingSchema } from "../contract/embed.ts";
import { embedItems } from "../inference/embedItems.ts";
import { HttpError } from "../../http/errors.ts";
import { checkCounts, type Item, parseItems } from "../request/items.ts";
import { parse } from "../../http/parse.ts";
import { withModel } from "../request/select.ts";
import { type Encoding, writeVector } from "../request/vector.ts";
import { report } from "../inference/report.ts";

interface EmbedRequest {
  items: Item[];
  encoding: Encoding;
}

const fileItem = (bytes: Uint8Array<ArrayBuffer>, where: string): Item => ({
  kind: "image",
  where,
  bytes: () => bytes,
});

async function fromJson(c: AppContext): Promise<EmbedRequest> {
  const { inputs, encoding_format } = parse(contract.body.schema, await readJson(c));
  return { items: parseItems(inputs, "inputs"), encoding: encoding_format };
}

async function fromForm(c: AppContext): Promise<EmbedRequest> {
  const form = await parseForm(c.req.raw, await readBytes(c));
  const items: Item[] = [];
  let encoding: Encoding = "float";
  // The platform's types know no files in forms.
  const entries: Iterable<[string, unknown]> = form;
  for (const [name, value] of entries) {
    if (value instanceof Blob) {
      items.push(fileItem(new Uint8Array(await value.arrayBuffer()), `files[${items.length}]`));
    } else if (name === "encoding_format") {
      encoding = parse(encodingSchema, value, name);
    } else {
      throw new HttpError("invalid_request", `${name} is not a file`, name);
    }
  }
  return { items, encoding };
}

async function readRequest(c: AppContext): Promise<EmbedRequest> {
  switch (mediaTypeOf(c.req.raw)) {
    case "application/json":
      return fromJson(c);
    case "multipart/form-data":
      return fromForm(c);
    case "image/jpeg":
    case "image/png":
    case "image/webp":
      return { items: [fileItem(await readBytes(c), "body")], encoding: "float" };
    default:
      throw unsupported(
        c.req.raw,
        "application/json, multipart/form-data, image/jpeg, image/png or image/webp",
      );
  }
}

/** POST /embed: unit vectors of images. */
export async function embed(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const { items, encoding } = await readRequest(c);
  checkCounts(items, settings, "inputs");
  return withModel(c, async (model) => {
    const embedded = await embedItems(items, model, settings);
    report(c, model, embedded);
    const { name, version, embedding } = model.manifest;
    return c.json({
      model: name,
      version,
      dimensions: embedding.dimensions,
      embeddings: embedded.rows.map((row) => writeVector(row, encoding)),
    } satisfies Answer<typeof contract>);
  });
}
