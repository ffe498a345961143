import * as z from "zod";
import type { AppContext } from "../app.ts";
import { mediaType, readJson } from "../body.ts";
import { openEngine } from "../engine/backend.ts";
import { embedItems, serverTiming } from "../embedItems.ts";
import { ApiError } from "../error.ts";
import { checkCounts, type Item, parseItem } from "../items.ts";
import { parse } from "../parse.ts";
import { withModel } from "../select.ts";

const list = z.array(z.unknown()).min(1);
const sourceSchema = z.strictObject({ source: z.unknown(), candidates: list });
const pairsSchema = z.strictObject({ pairs: list });
const pairSchema = z.array(z.unknown()).length(2);

/** What to embed, and which of it to compare: pairs of positions in `items`. */
interface Comparison {
  items: Item[];
  pairs: [number, number][];
}

function readComparison(body: unknown): Comparison {
  if (typeof body === "object" && body !== null && "pairs" in body) {
    const { pairs } = parse(pairsSchema, body);
    const items = pairs.flatMap((pair, i) =>
      parse(pairSchema, pair, `pairs[${i}]`).map((item, j) => parseItem(item, `pairs[${i}][${j}]`)),
    );
    return { items, pairs: pairs.map((_, i) => [2 * i, 2 * i + 1]) };
  }
  const { source, candidates } = parse(sourceSchema, body);
  const items = [
    parseItem(source, "source"),
    ...candidates.map((item, i) => parseItem(item, `candidates[${i}]`)),
  ];
  return { items, pairs: candidates.map((_, i) => [0, i + 1]) };
}

/** Rows one after the other. */
function join(rows: Float32Array[]): Float32Array {
  const [{ length }] = rows;
  const joined = new Float32Array(rows.length * length);
  rows.forEach((row, i) => joined.set(row, i * length));
  return joined;
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));

/**
 * POST /similarity: S, its probability and the Euclidean distance, of pairs of items, and by which of
 * S and distance this model ranks better.
 */
export async function similarity(c: AppContext): Promise<Response> {
  const { settings } = c.var;
  if (mediaType(c) !== "application/json") {
    throw new ApiError(
      415,
      "unsupported_media_type",
      `the content type "${mediaType(c)}" is not application/json`,
    );
  }
  const { items, pairs } = readComparison(await readJson(c));
  checkCounts(items, settings);
  await openEngine();
  return withModel(c, async (model) => {
    const { rows, timing } = await embedItems(items, model, settings.MAX_PIXELS);
    const first = Int32Array.from(pairs, ([a]) => a);
    const second = Int32Array.from(pairs, ([, b]) => b);
    const scores = Array.from(model.scorePairs(join(rows), first, second));
    c.header("Server-Timing", serverTiming(timing));
    return c.json({
      model: model.manifest.name,
      version: model.manifest.version,
      ranking: model.manifest.ranking.by,
      scores,
      probabilities: scores.map((score) => model.probability(score)),
      distances: pairs.map(([a, b]) => distance(rows[a], rows[b])),
    });
  });
}
