import { HttpError } from "../../http/errors.ts";
import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import type { Refusal } from "../../protocol/shard.ts";
import type { Occasion } from "../request/select.ts";
import { deleteOrphans, moveOn } from "./afterwards.ts";
import { addVectors } from "./candidates/vectorize.ts";
import { type Settling, settle } from "./neighbourhoods.ts";
import { positionsByShard, shardObject } from "./objects.ts";
import { type Entry, prepare } from "./prepare.ts";
import { isRefusal } from "./records.ts";

/** What became of an entry. */
export type Outcome = "created" | "replaced" | HttpError;

const full = ({ name, capacity }: CollectionRecord) =>
  new HttpError(
    "collection_full",
    `the collection "${name}" has no room beyond its capacity of ${capacity}: PUT a larger capacity, delete ` +
      "items, or make a larger collection",
  );

/**
 * Embeds entries and writes them. Those that fail do not keep the others out.
 *
 * @returns what became of each, or a refusal, after which the same may be done again
 */
export async function write(
  occasion: Occasion,
  record: CollectionRecord,
  entries: Entry[],
): Promise<Outcome[] | Refusal> {
  const { settings } = occasion;
  const outcomes: Outcome[] = [];
  const prepared = await prepare(occasion, record, entries, (error, index) => {
    outcomes[index] = error;
    return null;
  });
  const ids = entries.map(({ id }) => id);
  const answers = await Promise.all(
    Array.from(positionsByShard(ids, record), async ([index, all]) => {
      const at = all.filter((place) => prepared[place]);
      const items = at.map((place) => prepared[place]!);
      return [at, await shardObject(settings, record, index).put(items)] as const;
    }),
  );
  const orphans: string[] = [];
  const settling: Settling[] = [];
  let refusal: Refusal | undefined;
  for (const [at, answer] of answers) {
    if (isRefusal(answer)) {
      orphans.push(...at.flatMap((place) => prepared[place]?.image?.key ?? []));
      if (answer.refused !== "full") refusal = answer;
      for (const place of at) outcomes[place] = full(record);
      continue;
    }
    for (const [i, written] of answer.entries()) {
      const place = at[i]!;
      const item = prepared[place]!;
      outcomes[place] = written.created ? "created" : "replaced";
      if (written.orphan) orphans.push(written.orphan.key);
      const vector = item.vectors[record.served.version];
      if (vector?.place) settling.push({ ...written, place: vector.place });
    }
  }
  occasion.waitUntil(deleteOrphans(settings, orphans));
  if (refusal) return refusal;
  if (settling.length > 0) {
    await settle(settings, record, settling).catch((error: unknown) =>
      logError(error, { collection: record.name }),
    );
  }
  const { target } = record;
  if (target) {
    const done = prepared.flatMap((item, i) =>
      item?.vectors[target.version] && typeof outcomes[i] === "string" ? item.id : [],
    );
    occasion.waitUntil(moveOn(settings, record, done));
  }
  if (record.candidates === "vectorize") {
    const written = prepared.filter((item, i) => item && typeof outcomes[i] === "string");
    await addVectors(
      settings,
      record,
      written.filter((item) => item !== null),
    );
  }
  return outcomes;
}
