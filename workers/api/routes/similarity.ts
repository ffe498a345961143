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
import { firstWithOthers, type Pairs, scorePairs } from "../inference/scores.ts";
import { withModel } from "../request/select.ts";
import { report } from "../inference/report.ts";

/** The items to embed, and the pairs of them to compare. */
interface Comparison {
  items: Item[];
  pairs: Pairs;
}

function readComparison(body: unknown): Comparison {
  if (typeof body === "object" && body !== null && "pairs" in body) {
    const { pairs } = parse(pairsSchema, body);
    const items = pairs.flatMap((pair, i) =>
      parseItems(parse(pairSchema, pair, `pairs[${i}]`), `pairs[${i}]`),
    );
    const first = Int32Array.from(pairs, (_, i) => 2 * i);
    return { items, pairs: { first, second: first.map((at) => at + 1) } };
  }
  const { source, candidates } = parse(sourceSchema, body);
  const items = [parseItem(source, "source"), ...parseItems(candidates, "candidates")];
  return { items, pairs: firstWithOthers(items.length) };
}

/**
 * POST /similarity: S, its probability and the Euclidean distance of pairs of items, and whether the model
 * ranks by S or by distance.
 */
export async function similarity(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const { items, pairs } = readComparison(await readJson(c));
  checkCounts(items, settings);
  await openEngine();
  return withModel(c, async (model) => {
    const embedded = await embedItems(items, model, settings);
    const { ms, ...scored } = scorePairs(model, embedded.rows, pairs);
    report(c, model, embedded, { pairs: pairs.first.length, ms });
    return c.json({
      model: model.manifest.name,
      version: model.manifest.version,
      ranking: model.manifest.ranking.by,
      ...scored,
    } satisfies Answer<typeof contract>);
  });
}
