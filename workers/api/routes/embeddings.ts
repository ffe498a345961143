import type { AppContext } from "../app.ts";
import { readJson } from "../request/body.ts";
import type { Answer } from "../contract/contract.ts";
import { DEFAULT, embeddings as contract } from "../contract/embeddings.ts";
import { embedItems, refuse } from "../inference/embedItems.ts";
import { idOf } from "../models/models.ts";
import { HttpError } from "../../http/errors.ts";
import { checkCounts, parseItems } from "../request/items.ts";
import { parse } from "../../http/parse.ts";
import { withModel } from "../request/select.ts";
import { writeVector } from "../request/vector.ts";
import { report } from "../inference/report.ts";

/** POST /v1/embeddings: does what /embed does, in the format of OpenAI's API. */
export async function embeddings(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const body = parse(contract.body.schema, await readJson(c));
  const items = parseItems(body.input, "input");
  checkCounts(items, settings, "input");
  const asked = body.model === DEFAULT ? settings.DEFAULT_MODEL : body.model;
  return withModel(
    c,
    async (model) => {
      const { name, version, embedding } = model.manifest;
      const { dimensions = embedding.dimensions } = body;
      if (dimensions !== embedding.dimensions) {
        const problem = `this model's embeddings have ${embedding.dimensions} numbers, not ${dimensions}`;
        throw new HttpError("invalid_request", `dimensions: ${problem}`, "dimensions");
      }
      const embedded = await embedItems(items, model, settings, refuse);
      report(c, model, embedded);
      return c.json({
        object: "list",
        data: embedded.rows.map((row, index) => ({
          object: "embedding",
          index,
          embedding: writeVector(row, body.encoding_format),
        })),
        model: idOf(name, version),
        usage: { prompt_tokens: 0, total_tokens: 0 },
      } satisfies Answer<typeof contract>);
    },
    asked,
  );
}
