import type { AppContext } from "../app.ts";
import { readJson } from "../request/body.ts";
import type { Answer } from "../contract/contract.ts";
import {
  pairSchema,
  pairsSchema,
  type similarity as contract,
  sourceSchema,
} from "../contract/similarity.ts";
import { embedItems } from "../inference/embedItems.ts";
import { openEngine } from "../engine/backend.ts";
import { checkCounts, type Item, parseItem, parseItems } from "../request/items.ts";
import { parse } from "../../http/parse.ts";
import { firstWithOthers, type Pairs, scoreWhole } from "../inference/scores.ts";
import { withModel } from "../request/select.ts";
import { failureOf } from "../inference/skip.ts";
import { report } from "../inference/report.ts";

/** The items to embed, and the pairs of them to compare. */
interface Comparison {
  items: Item[];
  pairs: Pairs;
  onError: "fail" | "skip";
  /** The place in the answer's lists that an item belongs to; undefined if all pairs need it. */
  indexOf: (item: number) => number | undefined;
}

function readComparison(body: unknown): Comparison {
  if (typeof body === "object" && body !== null && "pairs" in body) {
    const { pairs, on_error } = parse(pairsSchema, body);
    const items = pairs.flatMap((pair, i) =>
      parseItems(parse(pairSchema, pair, `pairs[${i}]`), `pairs[${i}]`),
    );
    const first = Int32Array.from(pairs, (_, i) => 2 * i);
    return {
      items,
      pairs: { first, second: first.map((at) => at + 1) },
      onError: on_error,
      indexOf: (item) => item >> 1,
    };
  }
  const { source, candidates, on_error } = parse(sourceSchema, body);
  const items = [parseItem(source, "source"), ...parseItems(candidates, "candidates")];
  return {
    items,
    pairs: firstWithOthers(items.length),
    onError: on_error,
    indexOf: (item) => (item === 0 ? undefined : item - 1),
  };
}

/**
 * POST /similarity: S, its probability and the Euclidean distance of pairs of items, and whether the model
 * ranks by S or by distance.
 */
export async function similarity(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const { items, pairs, onError, indexOf } = readComparison(await readJson(c));
  checkCounts(items, settings);
  await openEngine();
  return withModel(c, async (model) => {
    const { onFailure, errors } = failureOf(onError, indexOf);
    const embedded = await embedItems(items, model, settings, onFailure);
    const { ms, ...scored } = scoreWhole(model, embedded.rows, pairs);
    report(c, model, embedded, { pairs: pairs.first.length, ms });
    return c.json({
      model: model.manifest.name,
      version: model.manifest.version,
      ranking: model.manifest.ranking.by,
      ...scored,
      errors,
    } satisfies Answer<typeof contract>);
  });
}
