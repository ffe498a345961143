import { HttpError } from "../../../http/errors.ts";
import { parse } from "../../../http/parse.ts";
import type { Located, StoredItem } from "../../../protocol/shard.ts";
import type { AppContext } from "../../app.ts";
import { readEntries } from "../../collections/entries.ts";
import { listItems as listAll } from "../../collections/list.ts";
import { getItems } from "../../collections/getItems.ts";
import { isRefusal, withCollection } from "../../collections/records.ts";
import { remove } from "../../collections/remove.ts";
import { write } from "../../collections/write.ts";
import {
  type deleteItem as deleteContract,
  type getItem as getContract,
  listItems as listContract,
  type putItems as putContract,
} from "../../contract/collections/items.ts";
import { itemParams, PAGE } from "../../contract/collections/params.ts";
import type { Answer } from "../../contract/contract.ts";
import { occasionOf } from "../../request/select.ts";
import { type Encoding, writeVector } from "../../request/vector.ts";
import { nameOf } from "./collection.ts";

/** POST /collections/:collection/items: embeds and writes items. */
export async function putItems(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const read = await readEntries(c);
  const entries = read.flatMap((it) => ("entry" in it ? it.entry : []));
  const { model, version, outcomes } = await withCollection(occasionOf(c), name, async (record) => {
    const done = await write(occasionOf(c), record, entries);
    if (isRefusal(done)) return done;
    return { model: record.model, version: record.served.version, outcomes: done };
  });
  const isFull = (outcome: unknown) =>
    outcome instanceof HttpError && outcome.code === "collection_full";
  const [first] = outcomes;
  if (first instanceof HttpError && outcomes.length === read.length && outcomes.every(isFull)) {
    throw first;
  }
  const errors: Answer<typeof putContract>["errors"] = [];
  let next = 0;
  const results = read.map((it, index) => {
    const outcome = "entry" in it ? outcomes[next++]! : it.error;
    const id = "entry" in it ? it.entry.id : it.id;
    if (typeof outcome === "string" && id !== null) return { id, status: outcome };
    if (outcome instanceof HttpError) {
      errors.push({ index, id, code: outcome.code, message: outcome.message });
    }
    return null;
  });
  return c.json({ model, version, results, errors } satisfies Answer<typeof putContract>);
}

const describe = ({ id, metadata, sha256, image }: StoredItem) => ({
  id,
  metadata,
  sha256,
  stored: image !== null,
});

const withEmbedding = (item: Located, encoding: Encoding) => ({
  ...describe(item),
  embedding: writeVector(item.vector.embedding, encoding),
});

/** GET /collections/:collection/items: a page of items. */
export async function listItems(c: AppContext): Promise<Response> {
  const query = parse(listContract.query, c.req.query());
  const { after = null, limit = PAGE, include } = query;
  const occasion = occasionOf(c);
  const answer = await withCollection(occasion, nameOf(c), async (record) => {
    const items = await listAll(occasion.settings, record, after, limit);
    if (isRefusal(items)) return items;
    const ids = items.map(({ id }) => id);
    const located = include ? await getItems(occasion.settings, record, ids) : [];
    if (isRefusal(located)) return located;
    return {
      model: record.model,
      version: record.served.version,
      items: include
        ? located.flatMap((item) => (item ? withEmbedding(item, "base64") : []))
        : items.map(describe),
      next: items.length === limit ? (ids.at(-1) ?? null) : null,
    };
  });
  return c.json(answer satisfies Answer<typeof listContract>);
}

const unknownItem = (collection: string, id: string) =>
  new HttpError("unknown_item", `the collection "${collection}" has no item "${id}"`, "id");

/** GET /collections/:collection/items/:id: an item with its embedding. */
export async function getItem(c: AppContext): Promise<Response> {
  const { collection, id } = parse(itemParams, c.req.param());
  const occasion = occasionOf(c);
  const [item] = await withCollection(occasion, collection, (record) =>
    getItems(occasion.settings, record, [id]),
  );
  if (!item) throw unknownItem(collection, id);
  return c.json(withEmbedding(item, "float") satisfies Answer<typeof getContract>);
}

/** DELETE /collections/:collection/items/:id: deletes an item and its picture. */
export async function deleteItem(c: AppContext): Promise<Response> {
  const { collection, id } = parse(itemParams, c.req.param());
  const occasion = occasionOf(c);
  const removed = await withCollection(occasion, collection, (record) =>
    remove(occasion, record, [id]),
  );
  if (removed.length === 0) throw unknownItem(collection, id);
  return c.json({ deleted: id } satisfies Answer<typeof deleteContract>);
}
