import type { AppContext } from "../app.ts";
import { readJson } from "../request/body.ts";
import type { Answer } from "../contract/contract.ts";
import { rerank as contract } from "../contract/rerank.ts";
import { embedItems, refuse } from "../inference/embedItems.ts";
import { openEngine } from "../engine/backend.ts";
import { checkCounts, parseItem, parseItems } from "../request/items.ts";
import { parse } from "../../http/parse.ts";
import { firstWithOthers, scorePairs } from "../inference/scores.ts";
import { withModel } from "../request/select.ts";
import { writeVector } from "../request/vector.ts";
import { report } from "../inference/report.ts";

/** POST /rerank: the candidates, best first, sorted by the score or distance that the model ranks by. */
export async function rerank(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  const body = parse(contract.body.schema, await readJson(c));
  const items = [parseItem(body.query, "query"), ...parseItems(body.candidates, "candidates")];
  checkCounts(items, settings);
  await openEngine();
  return withModel(c, async (model) => {
    const { name, version, ranking } = model.manifest;
    const embedded = await embedItems(items, model, settings, refuse);
    const { scores, probabilities, distances, ms } = scorePairs(
      model,
      embedded.rows,
      firstWithOthers(items.length),
    );
    report(c, model, embedded, { pairs: scores.length, ms });
    const results = scores.map((score, index) => ({
      index,
      score,
      probability: probabilities[index]!,
      distance: distances[index]!,
      ...(body.return_embeddings && { embedding: writeVector(embedded.rows[index + 1]!, "float") }),
    }));
    // The sort is stable, so equal candidates keep their order.
    results.sort((a, b) => (ranking.by === "s" ? b.score - a.score : a.distance - b.distance));
    return c.json({
      model: name,
      version,
      ranking: ranking.by,
      results: results.slice(0, body.top_k),
    } satisfies Answer<typeof contract>);
  });
}
