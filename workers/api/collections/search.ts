import { collectionDensity, DENSITY_NEIGHBOURS } from "../../../shared/pddm/density.ts";
import type { Model } from "../../../shared/model.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import { type Filter, type Metadata, scalarAt } from "../../protocol/metadata.ts";
import type { Candidate, Found, Refusal } from "../../protocol/shard.ts";
import type { Vector } from "../../protocol/vector.ts";
import { openEngine } from "../engine/backend.ts";
import { distance, firstWithOthers, join } from "../inference/scores.ts";
import { type Occasion, useModel } from "../request/select.ts";
import { scan } from "./candidates/scan.ts";
import { lookUp } from "./candidates/vectorize.ts";
import { nearestOf } from "./neighbourhoods.ts";
import { isRefusal } from "./records.ts";

/** What a search wants. */
export interface Wanted {
  topK: number;
  filter?: Filter;
  groupBy?: string;
  minProbability: number;
  /** Ids that are not answered. */
  excluded: string[];
}

export interface Result {
  id: string;
  score: number;
  probability: number;
  distance: number;
  metadata: Metadata;
  embedding: Float32Array;
}

/** Items that the scan selects at least, and for each result, of which the true S ranks the best. */
const CANDIDATES = 50;
const CANDIDATES_PER_RESULT = 2;

/** What S needs to know of a collection. */
interface Surroundings {
  items: number;
  /** See `densityShift` of shared/pddm/density.ts. */
  shift: number;
}

function surroundingsOf(found: Found[]): Surroundings {
  const sum = (of: (it: Found) => number) => found.reduce((total, it) => total + of(it), 0);
  const settled = sum((it) => it.settled);
  return {
    items: sum((it) => it.items),
    shift: settled < 2 ? 0 : sum((it) => it.drift) / settled,
  };
}

/** r of an item of the collection, or of the query. @param others items that it may be near to */
function densityOf(
  { reference = 0 }: Vector,
  nearest: number | null,
  others: number,
  { shift }: Surroundings,
): number {
  return nearest === null ? reference : collectionDensity(nearest, reference, others, shift);
}

/** Computes S of a query with candidates. */
function scoresOf(
  model: Model,
  query: Vector,
  candidates: Candidate[],
  found: Found[],
): ArrayLike<number> {
  if (!query.place) {
    const rows = [query, ...candidates.map(({ vector }) => vector)].map((it) => it.embedding);
    const { first, second } = firstWithOthers(rows.length);
    return model.scorePairs(join(rows), first, second);
  }
  const around = surroundingsOf(found);
  const nearest = nearestOf(found.map(({ cosines }) => cosines));
  const densities = [
    densityOf(query, nearest, around.items, around),
    ...candidates.map((it) => densityOf(it.vector, it.nearest, around.items - 1, around)),
  ];
  const places = [query, ...candidates.map(({ vector }) => vector)].map((it) => {
    if (it.place) return it.place;
    throw new Error("an item has no place in a space where others have one");
  });
  return model.scorePlaces(join(places), Float32Array.from(densities));
}

/** Keeps the best of each group. @param results the best first */
function bestOfGroups(results: Result[], key: string): Result[] {
  const seen = new Set<unknown>();
  return results.filter(({ metadata }) => {
    const group = scalarAt(metadata, key);
    if (seen.has(group)) return false;
    seen.add(group);
    return true;
  });
}

/** The best candidates of all shards, by the score of the scan. All of them where groups are wanted. */
function bestOf(found: Found[], count: number): Candidate[] {
  const all = found.flatMap(({ candidates }) => candidates);
  return all.sort((a, b) => b.score - a.score).slice(0, count);
}

/**
 * Finds the items that are most similar to a query: the best candidates of the collection, ranked by what the model
 * ranks by.
 *
 * @returns the results, or a refusal, after which the same may be done again
 */
export async function search(
  occasion: Occasion,
  record: CollectionRecord,
  query: Vector,
  wanted: Wanted,
): Promise<Result[] | Refusal> {
  const { model, served } = record;
  const { topK, filter, groupBy, excluded, minProbability } = wanted;
  const candidates = Math.max(CANDIDATES, CANDIDATES_PER_RESULT * topK);
  const question = {
    version: served.version,
    query: query.place ?? query.embedding,
    candidates,
    neighbours: served.local ? DENSITY_NEIGHBOURS : 0,
    filter,
    groupBy,
    excluded,
  };
  const find = record.candidates === "vectorize" ? lookUp : scan;
  const found = await find(occasion.settings, record, question);
  if (isRefusal(found)) return found;
  const best = bestOf(found, groupBy === undefined ? candidates : Infinity);
  if (best.length === 0) return [];
  await openEngine();
  return useModel(occasion, { name: model, version: served.version }, (it) => {
    const scores = scoresOf(it, query, best, found);
    const results = best.map(({ id, metadata, vector }, i): Result => {
      const score = scores[i]!;
      const { embedding } = vector;
      const probability = it.probability(score);
      return {
        id,
        score,
        probability,
        distance: distance(query.embedding, embedding),
        metadata,
        embedding,
      };
    });
    results.sort((a, b) => (served.ranking === "s" ? b.score - a.score : a.distance - b.distance));
    const distinct = groupBy === undefined ? results : bestOfGroups(results, groupBy);
    return Promise.resolve(
      distinct.filter(({ probability }) => probability >= minProbability).slice(0, topK),
    );
  });
}
