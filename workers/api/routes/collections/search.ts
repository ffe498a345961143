import type * as z from "zod";
import { mediaTypeOf } from "../../../http/content.ts";
import { HttpError } from "../../../http/errors.ts";
import { parse } from "../../../http/parse.ts";
import type { AppContext } from "../../app.ts";
import { idsOf, type Query, readQuery, vectorOf } from "../../collections/query.ts";
import { isRefusal, withCollection } from "../../collections/records.ts";
import { search as find } from "../../collections/search.ts";
import { search as contract, searchFields } from "../../contract/collections/search.ts";
import type { Answer } from "../../contract/contract.ts";
import { readImage, readJson } from "../../request/body.ts";
import { occasionOf } from "../../request/select.ts";
import { writeVector } from "../../request/vector.ts";
import { nameOf } from "./collection.ts";

type Fields = z.output<typeof searchFields>;

/** A number in a query parameter. Other text stays as it is, for the schema to refuse. */
const numberOf = (text: string) =>
  text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);

function filterOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError("invalid_json", "filter is not JSON", "filter");
  }
}

/** The fields of a search whose body is a picture. */
function fieldsOf(c: AppContext): Fields {
  const query = parse(contract.query, c.req.query());
  return parse(searchFields, {
    ...(query.top_k !== undefined && { top_k: numberOf(query.top_k) }),
    ...(query.filter !== undefined && { filter: filterOf(query.filter) }),
    ...(query.group_by !== undefined && { group_by: query.group_by }),
    ...(query.min_probability !== undefined && {
      min_probability: numberOf(query.min_probability),
    }),
    ...(query.include !== undefined && { include: query.include.split(",").filter(Boolean) }),
  });
}

async function readRequest(c: AppContext): Promise<{ query: Query; fields: Fields }> {
  if (mediaTypeOf(c.req.raw) === "application/json") {
    const { query, ...fields } = parse(contract.body.schema, await readJson(c));
    return { query: readQuery(query), fields };
  }
  const fields = fieldsOf(c);
  const item = await readImage(c, "application/json or that of an image");
  return { query: { positives: [{ item }], negatives: [] }, fields };
}

/** POST /collections/:collection/search: the items that are most similar to a query. */
export async function search(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const { query, fields } = await readRequest(c);
  const { top_k, filter, group_by, min_probability, include } = fields;
  const occasion = occasionOf(c);
  const started = performance.now();
  const { record, results, embedded } = await withCollection(occasion, name, async (current) => {
    const vector = await vectorOf(occasion, current, query);
    if (isRefusal(vector)) return vector;
    const between = performance.now();
    const found = await find(occasion, current, vector, {
      topK: top_k,
      filter,
      groupBy: group_by,
      minProbability: min_probability,
      excluded: idsOf(query),
    });
    return isRefusal(found) ? found : { record: current, results: found, embedded: between };
  });
  const ms = (from: number, to: number) => (to - from).toFixed(1);
  const times = [
    `embed;dur=${ms(started, embedded)}`,
    `search;dur=${ms(embedded, performance.now())}`,
  ];
  c.header("Server-Timing", times.join(", "));
  return c.json({
    collection: name,
    model: record.model,
    version: record.served.version,
    ranking: record.served.ranking,
    results: results.map(({ metadata, embedding, ...result }) => ({
      ...result,
      ...(include.includes("metadata") && { metadata }),
      ...(include.includes("embedding") && { embedding: writeVector(embedding, "float") }),
    })),
  } satisfies Answer<typeof contract>);
}
