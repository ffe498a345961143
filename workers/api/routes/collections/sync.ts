import { parse } from "../../../http/parse.ts";
import { HttpError } from "../../../http/errors.ts";
import type { AppContext } from "../../app.ts";
import { collectionObject } from "../../collections/objects.ts";
import { readRecord, unknownCollection } from "../../collections/records.ts";
import { PAGE } from "../../contract/collections/params.ts";
import {
  listErrors as errorsContract,
  type sync as contract,
} from "../../contract/collections/sync.ts";
import type { Answer } from "../../contract/contract.ts";
import { occasionOf } from "../../request/select.ts";
import { nameOf } from "./collection.ts";
import { queueOf } from "./queue.ts";

/** POST /collections/:collection/sync: begins to reconcile the collection with the bucket. */
export async function sync(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const { settings } = c.var;
  const queue = queueOf(settings);
  const { uid, prefix } = await readRecord(occasionOf(c), name);
  if (prefix === null) {
    const problem = `the collection "${name}" follows no bucket: it was made without a prefix`;
    throw new HttpError("invalid_request", problem, "collection");
  }
  const begun = await collectionObject(settings, name).startSync();
  if (!begun) throw unknownCollection(name);
  const { job, from } = begun;
  // Also if it runs already, in case its message was lost.
  await queue.send({ task: "sync", collection: name, uid, job: job.id, from });
  const { id, ...described } = job;
  return c.json(described satisfies Answer<typeof contract>, 202);
}

/** GET /collections/:collection/errors: what could not be embedded in the background. */
export async function listErrors(c: AppContext): Promise<Response> {
  const name = nameOf(c);
  const { after = null, limit = PAGE } = parse(errorsContract.query, c.req.query());
  await readRecord(occasionOf(c), name);
  const errors = await collectionObject(c.var.settings, name).errors(after, limit);
  const next = errors.length === limit ? (errors.at(-1)?.id ?? null) : null;
  return c.json({ errors, next } satisfies Answer<typeof errorsContract>);
}
