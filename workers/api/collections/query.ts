import type * as z from "zod";
import { HttpError } from "../../http/errors.ts";
import { parse } from "../../http/parse.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal } from "../../protocol/shard.ts";
import type { Vector } from "../../protocol/vector.ts";
import { examplesSchema, idSchema } from "../contract/collections/search.ts";
import { openEngine } from "../engine/backend.ts";
import { embedItems, refuse } from "../inference/embedItems.ts";
import { type Item, parseItem } from "../request/items.ts";
import { type Occasion, useModel } from "../request/select.ts";
import { getItems } from "./getItems.ts";
import { isRefusal } from "./records.ts";
import { locate } from "./vectors.ts";

/** An item of the request, or one of the collection by its id. */
type Example = { item: Item } | { id: string; where: string };

/** What a search looks for. */
export interface Query {
  positives: Example[];
  negatives: Example[];
}

function readExample(value: unknown, where: string): Example {
  if (typeof value === "object" && value !== null && "id" in value) {
    return { ...parse(idSchema, value, where), where };
  }
  return { item: parseItem(value, where) };
}

/** Checks the form of a query. @throws HttpError 400 */
export function readQuery(value: unknown): Query {
  if (typeof value === "object" && value !== null && "positives" in value) {
    const { positives, negatives }: z.output<typeof examplesSchema> = parse(
      examplesSchema,
      value,
      "query",
    );
    const read = (list: unknown[], name: string) =>
      list.map((it, i) => readExample(it, `query.${name}[${i}]`));
    return { positives: read(positives, "positives"), negatives: read(negatives, "negatives") };
  }
  return { positives: [readExample(value, "query")], negatives: [] };
}

/** The ids of a query, which are not among its results. */
export const idsOf = ({ positives, negatives }: Query): string[] =>
  [...positives, ...negatives].flatMap((it) => ("id" in it ? it.id : []));

/**
 * The vector of examples: the mean of the positives, plus its difference from the mean of the negatives.
 *
 * @throws HttpError 400 if they cancel out
 */
function combine(positives: Float32Array[], negatives: Float32Array[]): Float32Array {
  const mean = (rows: Float32Array[]) =>
    rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
  const liked = mean(positives);
  const disliked = negatives.length > 0 ? mean(negatives) : undefined;
  const sum = disliked ? liked.map((value, k) => 2 * value - disliked[k]!) : liked;
  const length = Math.hypot(...sum);
  if (length < 1e-6) {
    throw new HttpError(
      "invalid_request",
      "the examples cancel out: there is nothing to look for",
      "query",
    );
  }
  return sum.map((value) => value / length);
}

/**
 * Computes the vector that a query looks for.
 *
 * @returns it, or a refusal, after which the same may be done again
 * @throws HttpError 404 for an id that is not in the collection; as `embedItems` for items
 */
export async function vectorOf(
  occasion: Occasion,
  record: CollectionRecord,
  query: Query,
): Promise<Vector | Refusal> {
  const stored = await getItems(occasion.settings, record, idsOf(query));
  if (isRefusal(stored)) return stored;
  const examples = [...query.positives, ...query.negatives];
  const known = examples
    .flatMap((it) => ("id" in it ? it : []))
    .map(({ id, where }, i) => {
      const item = stored[i];
      if (item) return item;
      throw new HttpError(
        "unknown_item",
        `the collection "${record.name}" has no item "${id}"`,
        where,
      );
    });
  const [only] = known;
  if (only && examples.length === 1) return only.vector;
  const { served, model, name } = record;
  if (served.local) await openEngine();
  return useModel(occasion, { name: model, version: served.version }, async (it) => {
    const items = examples.flatMap((example) => ("item" in example ? example.item : []));
    const { rows } = await embedItems(items, it, occasion.settings, refuse);
    const embeddings = known.map(({ vector }) => vector.embedding);
    const vectors = examples.map((example) => {
      const next = "item" in example ? rows.shift() : embeddings.shift();
      if (next) return next;
      throw new Error(`an example of a search in ${name} has no embedding`);
    });
    const at = query.positives.length;
    const sought =
      vectors.length === 1 ? vectors[0]! : combine(vectors.slice(0, at), vectors.slice(at));
    return locate(it, served, [sought])[0]!;
  });
}
